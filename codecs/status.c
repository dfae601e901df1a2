/*
 * The names of statuses and causes, as users, logs and JSON see them. A number that came over the
 * wire may be any number, so the last resort is a name too.
 */

#include <stddef.h>
#include <viaduct/status.h>

static const char *const status_names[] = {
    [VIA_OK] = "ok",
    [VIA_INVALID] = "invalid",
    [VIA_NO_MEMORY] = "no_memory",
    [VIA_BUSY] = "busy",
    [VIA_TIMEOUT] = "timeout",
    [VIA_CANCELLED] = "cancelled",
    [VIA_DEAD] = "dead",
    [VIA_NOT_FOUND] = "not_found",
    [VIA_EXISTS] = "exists",
    [VIA_DENIED] = "denied",
    [VIA_TOO_LARGE] = "too_large",
    [VIA_UNSUPPORTED] = "unsupported",
    [VIA_NOT_CONNECTED] = "not_connected",
    [VIA_IO] = "io",
    [VIA_END] = "end",
    [VIA_BAD_TYPE] = "bad_type",
    [VIA_BAD_SIZE] = "bad_size",
    [VIA_BAD_KIND] = "bad_kind",
    [VIA_BAD_FLAGS] = "bad_flags",
    [VIA_BAD_HANDLE] = "bad_handle",
    [VIA_BAD_REFERENCE] = "bad_reference",
    [VIA_BAD_META] = "bad_meta",
    [VIA_BAD_PAYLOAD] = "bad_payload",
    [VIA_BAD_TAPE] = "bad_tape",
    [VIA_BAD_VERSION] = "bad_version",
    [VIA_BAD_SUBPROTOCOL] = "bad_subprotocol",
    [VIA_BAD_JSON] = "bad_json",
    [VIA_BAD_CERTIFICATE] = "bad_certificate",
};

static const char *const cause_names[] = {
    [VIA_ALIVE] = "alive",         [VIA_EXITED] = "exited",       [VIA_CRASHED] = "crashed",
    [VIA_WITHDRAWN] = "withdrawn", [VIA_LINK_LOST] = "link_lost", [VIA_EVICTED] = "evicted",
};

static const char *find(const char *const *names, size_t n_names, size_t number)
{
    if (number >= n_names || names[number] == NULL)
        return "unknown";
    return names[number];
}

const char *via_status_name(enum via_status status)
{
    return find(status_names, sizeof status_names / sizeof *status_names, (size_t)status);
}

const char *via_cause_name(enum via_cause cause)
{
    return find(cause_names, sizeof cause_names / sizeof *cause_names, (size_t)cause);
}
