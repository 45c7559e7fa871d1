package inferenceserver.edge.app

import android.view.View
import android.widget.AdapterView
import android.widget.ArrayAdapter
import android.widget.Spinner
import androidx.activity.ComponentActivity
import inferenceserver.edge.session.Delegate
import inferenceserver.edge.session.RunOptions

/** The choice of what runs the model, and on how many threads; [onChange] is told of each choice, the first included. */
class OptionsRow(
    private val activity: ComponentActivity,
    private val onChange: (RunOptions) -> Unit,
) {
    private val delegates = Delegate.entries
    private val threads = listOf(0, 1, 2, 4)

    fun show() {
        val names = threads.map { if (it == 0) activity.getString(R.string.threads_auto) else it.toString() }
        fill(R.id.delegate, delegates.map(::labelOf))
        fill(R.id.threads, names)
    }

    private fun labelOf(delegate: Delegate) = if (delegate.isDeprecated) "$delegate (deprecated)" else delegate.toString()

    private fun fill(
        id: Int,
        items: List<String>,
    ) {
        val spinner = activity.findViewById<Spinner>(id)
        spinner.adapter = ArrayAdapter(activity, android.R.layout.simple_spinner_dropdown_item, items)
        spinner.onItemSelectedListener =
            object : AdapterView.OnItemSelectedListener {
                override fun onItemSelected(
                    parent: AdapterView<*>?,
                    view: View?,
                    position: Int,
                    id: Long,
                ) = onChange(chosen())

                override fun onNothingSelected(parent: AdapterView<*>?) = Unit
            }
    }

    private fun chosen() = RunOptions(delegates[positionOf(R.id.delegate)], threads[positionOf(R.id.threads)])

    private fun positionOf(id: Int) = maxOf(0, activity.findViewById<Spinner>(id).selectedItemPosition)
}
