package inferenceserver.edge.app

import android.Manifest
import android.content.pm.PackageManager
import android.os.Bundle
import android.view.View
import android.widget.Button
import android.widget.EditText
import android.widget.TextView
import androidx.activity.ComponentActivity
import androidx.activity.result.contract.ActivityResultContracts
import androidx.camera.view.PreviewView
import androidx.core.content.ContextCompat
import inferenceserver.edge.Answer
import inferenceserver.edge.Classifier
import inferenceserver.edge.image.uprightImage
import kotlinx.serialization.json.Json

/** Live labels of what the camera sees; a field of numbers where the model takes no images. */
class MainActivity : ComponentActivity() {
    private val edge get() = application as EdgeApplication // the manifest says so
    private lateinit var runner: ModelRunner
    private val permission = registerForActivityResult(ActivityResultContracts.RequestPermission(), ::onPermission)

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.main)
        runner = ModelRunner(edge.spec, edge.updater)
        OptionsRow(this, runner::use).show()
        if (edge.spec.image == null) showForm() else startCamera()
    }

    override fun onDestroy() {
        runner.close()
        super.onDestroy()
    }

    private fun startCamera() {
        findViewById<Button>(R.id.allow).setOnClickListener { permission.launch(Manifest.permission.CAMERA) }
        val isAllowed = ContextCompat.checkSelfPermission(this, Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED
        if (isAllowed) onPermission(true) else permission.launch(Manifest.permission.CAMERA)
    }

    private fun onPermission(isGranted: Boolean) {
        val preview = findViewById<PreviewView>(R.id.preview)
        preview.visibility = if (isGranted) View.VISIBLE else View.GONE
        findViewById<View>(R.id.allow).visibility = if (isGranted) View.GONE else View.VISIBLE
        if (!isGranted) return say(getString(R.string.camera_denied))
        val feed = CameraFeed(this, runner.executor) { frame -> ask { it.predict(listOf(uprightImage(frame))) } }
        feed.start(preview) { error -> say(getString(R.string.camera_missing, error.message)) }
    }

    private fun showForm() {
        findViewById<View>(R.id.form).visibility = View.VISIBLE
        val input = findViewById<EditText>(R.id.input)
        input.setText(edge.spec.sample?.toString() ?: "")
        findViewById<Button>(R.id.predict).setOnClickListener {
            val text = input.text.toString()
            runner.executor.execute { ask { it.predict(Json.parseToJsonElement(text)) } }
        }
    }

    /** On the runner's thread. */
    private fun ask(question: (Classifier) -> Answer) {
        try {
            val shown = runner.ask(question)
            runOnUiThread { show(shown) }
        } catch (error: Exception) {
            runOnUiThread { say(getString(R.string.failed, error.message)) }
        }
    }

    private fun show(shown: Shown) {
        say(describe(shown))
        val (preprocess, inference, postprocess) = shown.answer.timings
        val times = getString(R.string.timings, preprocess, inference, postprocess, shown.version, shown.chosen.delegate)
        findViewById<TextView>(R.id.details).text = listOfNotNull(times, shown.chosen.reason).joinToString("\n")
    }

    private fun say(text: String) {
        findViewById<TextView>(R.id.answer).text = text
    }
}
