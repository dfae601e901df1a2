/*
 * A service for tests that run it elsewhere: in another process, on another host. All of it is in
 * what it answers; it never looks at where it is.
 */
#pragma once

#include <viaduct/viaduct.h>

enum stage_code {
    STAGE_DOUBLE = 1, /* u32: twice it */
    STAGE_NOTE,       /* oneway, u32: written down */
    STAGE_NOTED,      /* how many notes, if they came as 0, 1, 2, ...; else UINT32_MAX */
    STAGE_KEEP,       /* is not answered until STAGE_LET_GO */
    STAGE_KEPT,       /* waits until one is kept */
    STAGE_CANCELLED,  /* waits until the kept call is cancelled; 1 */
    STAGE_LATE,       /* waits until the kept call's deadline has passed; what answering it gives */
    STAGE_CALL_BACK,  /* reference: what calling it with STAGE_DOUBLE and 21 gives */
    STAGE_DIVE,       /* u32 depth, reference: 1 + what that answers to depth - 1 and ourselves */
    STAGE_GIVE,       /* u32: a new object that answers STAGE_DOUBLE, and that it is */
    STAGE_RETURNED,   /* waits until nobody holds any that was given; how many there were */
    STAGE_EMIT,       /* u32 n: n events, ids 1 and 2 in turn, values 0, 1, ... */
    STAGE_END,        /* withdraws the object given */
    STAGE_PUBLISH,    /* str: under one more name */
    STAGE_WATCH_ME,   /* remembers when its caller is gone */
    STAGE_GONE,       /* waits until then; the cause */
    STAGE_SIZE,       /* bytes: how many */
    STAGE_WHO,        /* 1 for a caller on another host, else 0 */
    STAGE_PID,        /* of its process */
    STAGE_FAIL        /* fails with VIA_DENIED */
};

struct stage;

/* Publishes @family:@name on @node, whose handlers may run on one thread. VIA_EXISTS: somebody else
 * does. */
VIA_MUST_USE enum via_status stage_open(struct stage **stagep, struct via_node *node,
                                        const char *family, const char *name);
struct stage *stage_close(struct stage *stage);
