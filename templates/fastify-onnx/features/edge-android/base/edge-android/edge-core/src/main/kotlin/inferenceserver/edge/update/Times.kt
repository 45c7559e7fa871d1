package inferenceserver.edge.update

import java.time.DateTimeException
import java.time.Instant
import java.time.LocalDate
import java.time.LocalTime
import java.time.temporal.ChronoUnit

private val TIME = Regex("[2-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

/** RFC 3339 in UTC, whole seconds, a real date from the year 2000 on: such times are compared as strings. */
fun isTime(text: String): Boolean {
    if (!TIME.matches(text)) return false
    return try {
        LocalDate.parse(text.substring(0, 10))
        LocalTime.parse(text.substring(11, 19))
        true
    } catch (_: DateTimeException) {
        false // such as February 30
    }
}

/** The device's clock. */
fun timeNow(): String = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()
