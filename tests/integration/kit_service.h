/*
 * The service that the tests of the OpenHarmony kit call. It has one of everything that a handler
 * can do.
 */
#pragma once

#include <IPCKit/ipc_kit.h>

#define KIT_SERVICE_DESCRIPTOR "test.service"

enum kit_code {
    KIT_ECHO = 1,    /* all that is in data, objects too */
    KIT_RESULT,      /* i32 result, i32 whether to write 42 to the reply first: returns it */
    KIT_WHO,         /* -> u64 pid, uid, token, first token; i32 local, in context */
    KIT_WHO_THERE,   /* object: calls KIT_WHO of it, passes its answer on */
    KIT_RESET,       /* -> str identity, u64 pid and i32 local after the reset, u64 pid and i32
                        local after setting it back, i32 of setting "", i32 of setting what is
                        no identity */
    KIT_DEPTH,       /* object, i32 n: 0 if n is 0, else one more than object's KIT_DEPTH of
                        the service and n - 1 */
    KIT_LATER,       /* object, i32 n: a thread calls its code 1 with n, n times in all */
    KIT_NOTE,        /* i32: kept, in order of coming */
    KIT_NOTE_LAST,   /* object, i32: kept; then code 1 of object is sent how many are */
    KIT_NOTES,       /* -> all that were kept, which are forgotten */
    KIT_NEW,         /* -> object: a new stub of which the service keeps no handle */
    KIT_N_DESTROYED, /* -> i32: how many of those are gone */
    KIT_KEEP,        /* object: kept */
    KIT_DROP,        /* what was kept is given back */
    KIT_WRITE,       /* descriptor: writes an x to it; -> i32 of reading the descriptor */
    KIT_HANG,        /* never answers */
    KIT_SET_MAX,     /* i32: the number of workers */
    KIT_EXIT         /* ends the process as programs do */
};

OHIPCRemoteStub *kit_service_create(void);
