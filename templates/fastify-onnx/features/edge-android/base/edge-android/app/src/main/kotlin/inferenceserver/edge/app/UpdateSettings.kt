package inferenceserver.edge.app

import inferenceserver.edge.update.Releases
import inferenceserver.edge.update.parsePublicKey
import org.json.JSONObject
import java.net.URI
import java.security.PublicKey

/** updates.json: `{"manifest": "https://.../manifest.json", "publicKeys": ["MFkwEwYH..."]}`. */
class UpdateSettings(
    val releases: Releases,
    val keys: List<PublicKey>,
) {
    companion object {
        fun parse(text: String): UpdateSettings {
            val json = JSONObject(text)
            val keys = json.getJSONArray("publicKeys")
            return UpdateSettings(Releases(URI(json.getString("manifest"))), List(keys.length()) { parsePublicKey(keys.getString(it)) })
        }
    }
}
