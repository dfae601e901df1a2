/*
 * Phoenix-RTOS: a message, and what one is about.
 *
 * msg_t changed in August 2025, in nothing but the signedness of two members; octets, offsets and
 * meaning are the same, and so is what travels. Without more it is the older one;
 * -DVIADUCT_PHOENIX_MSG_API=2025 takes the newer.
 *
 * Source: docs/phoenix.md, "Messages"; the system's phoenix/msg.h.
 */
#pragma once
#pragma GCC system_header /* C++ has no nameless types in nameless unions */

#include <phoenix/types.h>
#include <stddef.h>
#include <stdint.h>

#if defined(VIADUCT_PHOENIX_MSG_API) && VIADUCT_PHOENIX_MSG_API >= 2025
#define PHOENIX_MSG_PID int
#define PHOENIX_MSG_FLAGS unsigned int
#else
#define PHOENIX_MSG_PID unsigned int
#define PHOENIX_MSG_FLAGS int
#endif

/** msg_rid_t - which received message is answered: never negative, 0 is one like any other */
typedef int msg_rid_t;

/** mt - types of messages. Any other number is one, too, and private to the two programs. */
enum {
    mtOpen = 0,
    mtClose = 1,
    mtRead = 2,
    mtWrite = 3,
    mtTruncate = 4,
    mtDevCtl = 5,
    mtCreate = 6,
    mtDestroy = 7,
    mtSetAttr = 8,
    mtGetAttr = 9,
    mtGetAttrAll = 10,
    mtLookup = 11,
    mtLink = 12,
    mtUnlink = 13,
    mtReaddir = 14,
    mtCount = 15,
    mtStat = 0xf53
};

#pragma pack(push, 8)

/** struct _attr - one attribute, and why there is none: 0 or a negative errno */
struct _attr {
    long long val;
    int err;
};

/** struct _attrAll - all of them, in the order of at*: what mtGetAttrAll puts into o.data */
struct _attrAll {
    struct _attr mode;
    struct _attr uid;
    struct _attr gid;
    struct _attr size;
    struct _attr blocks; /* of 512 octets */
    struct _attr ioblock;
    struct _attr type;
    struct _attr port;
    struct _attr pollStatus;
    struct _attr eventMask;
    struct _attr cTime;
    struct _attr mTime;
    struct _attr aTime;
    struct _attr links;
    struct _attr dev;
};

/** msg_t - a message. The sender fills in type, oid, i, o.size and o.data; pid and priority are the
 * library's to tell the receiver, whatever the sender put there. The answer is o.raw, o.err and
 * what stands behind o.data. */
typedef struct _msg_t {
    int type;              /* mt*, or the programs' own */
    PHOENIX_MSG_PID pid;   /* who sent it; more than 0x40000000 on another host; never 0 or 1 */
    unsigned int priority; /* of the thread that sent it, 0 (highest) to 7 */
    oid_t oid;             /* the object that is meant */

    struct {
        union {
            struct {
                PHOENIX_MSG_FLAGS flags;
            } openclose;
            struct {
                off_t offs;
                size_t len; /* mtTruncate: the new size. Not how much to read or write */
                unsigned mode;
            } io;
            struct {
                int type; /* ot* */
                unsigned mode;
                oid_t dev;
            } create;
            struct {
                long long val;
                int type; /* at* */
            } attr;
            struct {
                oid_t oid;
            } ln;
            struct {
                off_t offs;
            } readdir;
            unsigned char raw[64];
        };
        size_t size;
        const void *data; /* the receiver's: there until it responds; one octet 0 stands behind */
    } i;

    struct {
        union {
            struct {
                long long val;
            } attr;
            struct {
                oid_t oid;
            } create;
            struct {
                oid_t fil;
                oid_t dev;
            } lookup;
            unsigned char raw[64];
        };
        int err; /* what came of it: 0 or more, or a negative errno */
        size_t size;
        void *data; /* the receiver's: o.size octets 0, there until it responds */
    } o;
} msg_t;

#pragma pack(pop)

#undef PHOENIX_MSG_PID
#undef PHOENIX_MSG_FLAGS
