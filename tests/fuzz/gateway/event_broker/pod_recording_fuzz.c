/*
 * A recording, line by line: each that is taken is written, read again from what its pod is, and is
 * the same.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/event_broker/pod_recording.h"
#include "tests/fuzz/fuzz.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_again(const struct pod_entry *entry)
{
    struct pod_recording *recording;
    struct pod_recording_fault fault;
    struct pod_entry again;
    struct buffer line, second;
    require(pod_recording_create(
                &recording, entry->kind == POD_ENTRY_ATTACH ? NULL : entry->recorded) == VIA_OK);
    buffer_init(&line, SIZE_MAX);
    buffer_init(&second, SIZE_MAX);
    pod_entry_write(&line, entry);
    require(line.status == VIA_OK && line.size <= POD_RECORDING_LINE_MAX &&
            line.data[line.size - 1] == '\n');
    require(pod_recording_read(recording, (const char *)line.data, line.size - 1, &again, &fault) ==
            VIA_OK);
    require(again.kind == entry->kind && again.pod == entry->pod &&
            again.has_time == entry->has_time && again.classes == entry->classes);
    pod_entry_write(&second, &again);
    require(second.size == line.size && memcmp(second.data, line.data, line.size) == 0);
    buffer_deinit(&line);
    buffer_deinit(&second);
    (void)pod_recording_destroy(recording);
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct pod_recording *recording;
    struct pod_recording_fault fault = {.column = 0};
    struct pod_entry entry;
    enum via_status status = VIA_OK;
    require(pod_recording_create(&recording, NULL) == VIA_OK);
    for (size_t at = 0; at < size && (status == VIA_OK || status == VIA_END);) {
        const uint8_t *end = memchr(octets + at, '\n', size - at);
        const size_t line_size = end == NULL ? size - at : (size_t)(end - (octets + at));
        status =
            pod_recording_read(recording, (const char *)octets + at, line_size, &entry, &fault);
        if (status == VIA_OK)
            check_again(&entry);
        at += line_size + 1;
    }
    const bool is_good = status == VIA_OK || status == VIA_END;
    require(is_good || (fault.text[0] != '\0' && fault.column <= size + 1));
    (void)pod_recording_destroy(recording);
    return is_good;
}
