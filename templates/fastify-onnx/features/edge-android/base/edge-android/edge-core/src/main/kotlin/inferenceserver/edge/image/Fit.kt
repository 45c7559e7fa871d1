package inferenceserver.edge.image

/** An image in the size that the model takes. */
fun fitImage(
    image: Image,
    spec: ImageSpec,
): Image {
    if (spec.crop == Crop.NONE) return resize(image, spec.size, spec.resample)
    val scaled = shorterSideTo(image, spec.resize ?: maxOf(spec.size.height, spec.size.width))
    return resize(image, scaled, spec.resample, centerWindow(scaled, spec.size))
}

/** The size whose shorter side is [side], in the same ratio; the longer one is rounded down, as in torchvision's `Resize(side)`. */
fun shorterSideTo(
    image: Image,
    side: Int,
): Size {
    val longer = (side.toLong() * maxOf(image.width, image.height) / minOf(image.width, image.height)).toInt()
    return if (image.width <= image.height) Size(longer, side) else Size(side, longer)
}

/** Where [size] lies in the middle; half pixels go to the even number, as in torchvision's `CenterCrop`. */
fun centerWindow(
    outer: Size,
    size: Size,
): Window =
    Window(
        top = Math.rint((outer.height - size.height) / 2.0).toInt(),
        left = Math.rint((outer.width - size.width) / 2.0).toInt(),
        height = size.height,
        width = size.width,
    )
