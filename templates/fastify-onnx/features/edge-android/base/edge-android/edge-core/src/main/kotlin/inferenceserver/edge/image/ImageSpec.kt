package inferenceserver.edge.image

enum class Crop { CENTER, NONE }

enum class Resample { NEAREST, BILINEAR, BICUBIC, LANCZOS }

enum class Channels { RGB, BGR, GRAY }

enum class Layout { NCHW, NHWC }

/** How pixels become the model's input, as vars.yaml declares it (`preprocess`). */
data class ImageSpec(
    val size: Size,
    /** [Crop.CENTER]: the shorter side becomes [resize], then the middle is cut out. [Crop.NONE]: stretched to [size]. */
    val crop: Crop,
    /** null where nothing is cropped. */
    val resize: Int?,
    val resample: Resample,
    val channels: Channels,
    val layout: Layout,
    /** One number for each channel, in the order of [channels]; null where the model takes bytes. */
    val mean: List<Double>?,
    val std: List<Double>?,
)
