package inferenceserver.edge.app

import androidx.activity.ComponentActivity
import androidx.camera.core.CameraSelector
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.ImageProxy
import androidx.camera.core.Preview
import androidx.camera.lifecycle.ProcessCameraProvider
import androidx.camera.view.PreviewView
import androidx.core.content.ContextCompat
import inferenceserver.edge.image.Frame
import java.util.concurrent.Executor

/** Frames of the camera while the activity is seen: each is given to [onFrame] on [executor], and those that come meanwhile are dropped. */
class CameraFeed(
    private val activity: ComponentActivity,
    private val executor: Executor,
    private val onFrame: (Frame) -> Unit,
) {
    /** Reports to [onFailure] when there is no camera to be had. */
    fun start(
        view: PreviewView,
        onFailure: (Exception) -> Unit,
    ) {
        val provider = ProcessCameraProvider.getInstance(activity)
        provider.addListener({
            try {
                bind(provider.get(), view)
            } catch (error: Exception) {
                onFailure(error)
            }
        }, ContextCompat.getMainExecutor(activity))
    }

    private fun bind(
        cameras: ProcessCameraProvider,
        view: PreviewView,
    ) {
        val preview = Preview.Builder().build().apply { surfaceProvider = view.surfaceProvider }
        val analysis =
            ImageAnalysis
                .Builder()
                .setBackpressureStrategy(ImageAnalysis.STRATEGY_KEEP_ONLY_LATEST)
                .setOutputImageFormat(ImageAnalysis.OUTPUT_IMAGE_FORMAT_RGBA_8888)
                .build()
        analysis.setAnalyzer(executor) { proxy -> proxy.use { onFrame(frameOf(it)) } }
        cameras.unbindAll()
        cameras.bindToLifecycle(activity, CameraSelector.DEFAULT_BACK_CAMERA, preview, analysis)
    }

    private fun frameOf(proxy: ImageProxy): Frame {
        val plane = proxy.planes[0]
        return Frame(proxy.width, proxy.height, plane.buffer, plane.rowStride, proxy.imageInfo.rotationDegrees)
    }
}
