/*
 * Statuses: what a call of this library, or a call across hosts, came to. The numbers travel on the
 * wire and never change.
 */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VIA_PUBLIC __attribute__((visibility("default")))
#define VIA_MUST_USE __attribute__((warn_unused_result))

/**
 * enum via_status - the one type of error
 *
 * Source: docs/PROTOCOL.md, "Statuses".
 */
enum via_status {
    VIA_OK = 0,
    VIA_INVALID = 1,        /* an argument is wrong; nothing was done */
    VIA_NO_MEMORY = 2,      /* out of memory or descriptors; this one request failed */
    VIA_BUSY = 3,           /* a queue or a limit is full; nothing was sent */
    VIA_TIMEOUT = 4,        /* the deadline passed; it may have run */
    VIA_CANCELLED = 5,      /* cancelled before it started */
    VIA_DEAD = 6,           /* the object will never answer; a cause goes with it */
    VIA_NOT_FOUND = 7,      /* no such name, object, method or stale handle */
    VIA_EXISTS = 8,         /* the name is taken */
    VIA_DENIED = 9,         /* a rule or a mode forbids it */
    VIA_TOO_LARGE = 10,     /* over a limit, which the text names */
    VIA_UNSUPPORTED = 11,   /* the callee does not do this */
    VIA_NOT_CONNECTED = 12, /* no gateway answers at the address */
    VIA_IO = 13,            /* the operating system failed; the log has its number */
    VIA_END = 14,           /* nothing more to read */
    VIA_BAD_TYPE = 15,      /* the value at the cursor is of another type or kind */
    VIA_BAD_SIZE = 32,      /* frame: sizes that disagree, or too short for its kind */
    VIA_BAD_KIND = 33,      /* frame: unknown kind, or not allowed in this direction or state */
    VIA_BAD_FLAGS = 34,     /* frame: unknown flags, or flags this kind does not have */
    VIA_BAD_HANDLE = 35,    /* frame: a handle that was never given out, or released too often */
    VIA_BAD_REFERENCE = 36, /* frame: a reference outside its payload, out of order, or too many */
    VIA_BAD_META = 37,      /* frame: the META section does not parse */
    VIA_BAD_PAYLOAD = 38,   /* the payload does not fit its layout */
    VIA_BAD_TAPE = 39,      /* the tape of tags disagrees with the payload */
    VIA_BAD_VERSION = 40,   /* no protocol version in common; the text names those spoken */
    VIA_BAD_SUBPROTOCOL = 41, /* unknown WebSocket subprotocol; the text names those spoken */
    VIA_BAD_JSON = 42,        /* not JSON, or JSON outside the grammar of docs/PROTOCOL.md */
    VIA_BAD_CERTIFICATE = 43  /* a certificate was refused; the text says why */
};

/**
 * enum via_cause - why an object died
 */
enum via_cause {
    VIA_ALIVE = 0,
    VIA_EXITED = 1,    /* its process said goodbye */
    VIA_CRASHED = 2,   /* its process went without a goodbye */
    VIA_WITHDRAWN = 3, /* its owner took it back */
    VIA_LINK_LOST = 4, /* the link to it is lost for good */
    VIA_EVICTED = 5    /* a gateway threw its process out */
};

/**
 * via_status_name() - the stable lower-case name of a status, such as "not_found"
 * @status: any number, also one that is no status
 *
 * Return: a static string, "unknown" for what is no status; never NULL.
 * Thread: any.
 */
VIA_PUBLIC const char *via_status_name(enum via_status status);

/**
 * via_cause_name() - the stable lower-case name of a cause, such as "link_lost"
 * @cause: any number
 *
 * Return: a static string, "unknown" for what is no cause; never NULL.
 * Thread: any.
 */
VIA_PUBLIC const char *via_cause_name(enum via_cause cause);

#ifdef __cplusplus
}
#endif
