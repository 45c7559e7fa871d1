package inferenceserver.edge.app

import android.app.Application
import inferenceserver.edge.EdgeSpec
import inferenceserver.edge.session.ModelSession
import inferenceserver.edge.update.Device
import inferenceserver.edge.update.Store
import inferenceserver.edge.update.Updater
import java.io.File
import java.io.FileNotFoundException
import kotlin.concurrent.thread

/** The model that the app is shipped with, and what may take its place. */
class EdgeApplication : Application() {
    lateinit var spec: EdgeSpec
        private set
    lateinit var updater: Updater
        private set

    override fun onCreate() {
        super.onCreate()
        spec = EdgeSpec.parse(assets.open("edge.json").bufferedReader().use { it.readText() })
        val settings = readUpdates()
        val store = Store(filesDir.resolve("edge").toPath(), spec.model, bundledModel().toPath())
        val keys = settings?.keys ?: emptyList()
        updater = Updater(store, Device(store.deviceId, spec.name, keys, spec.model.contract, ModelSession.runtimeVersion))
        if (settings != null) thread(name = "updates") { updater.check(settings.releases) }
    }

    /** Models are loaded from files: the one in the package is copied once for each that is shipped. */
    private fun bundledModel(): File {
        val file = noBackupFilesDir.resolve("${spec.model.sha256}.${spec.model.format}")
        if (file.length() == spec.model.size) return file
        val temporary = File.createTempFile("model", null, noBackupFilesDir)
        assets.open("models/${spec.modelFile}").use { from -> temporary.outputStream().use { from.copyTo(it) } }
        check(temporary.renameTo(file)) { "the model cannot be stored" }
        return file
    }

    /** null: this app is not updated, as it has no updates.json. */
    private fun readUpdates(): UpdateSettings? =
        try {
            UpdateSettings.parse(assets.open("updates.json").bufferedReader().use { it.readText() })
        } catch (_: FileNotFoundException) {
            null
        }
}
