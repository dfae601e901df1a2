/*
 * The core's own verbs: calls with VIA_LAYOUT_CONTROL. Object 0, the directory, takes the
 * DIRECTORY_* codes; any other object takes the OBJECT_* codes, which its owner's library answers.
 * Parameters are raw values in the order given; docs/PROTOCOL.md, "The directory".
 */
#pragma once

enum directory_verb {
    /* str family, str name, ref object, u32 flags, u32 mode, str class, str protocol,
     * u32 message_size, str info -> nothing. VIA_EXISTS, VIA_DENIED. What one has published
     * already is changed, or with DIRECTORY_NEW VIA_EXISTS. With DIRECTORY_NUMBERED: none for
     * object, and behind all that u32 number, which the name stands for */
    DIRECTORY_PUBLISH = 1,
    /* str family, str name, ref object (none: of one's own that stands for a number) -> nothing.
     * VIA_NOT_FOUND */
    DIRECTORY_WITHDRAW = 2,
    /* str family ("" any), str name, bool wait (until the deadline) -> ref object, then an entry
       (below). A name for a number that no object has is not found */
    DIRECTORY_FIND = 3,
    /* str family ("" all), str pattern (* and ?, "" all), str after ("" from the start), u32 most
     * -> u32 n, n entries, bool more, str next (give it as after) */
    DIRECTORY_LIST = 4,
    /* ref target, ref sink, u8 from (0 now, 1 latest, 2 since), u64 epoch, u64 number
     * -> u32 subscription, u64 epoch, u64 number (newest so far), bool recovered */
    DIRECTORY_SUBSCRIBE = 6,
    /* u32 subscription -> nothing */
    DIRECTORY_UNSUBSCRIBE = 7,
    /* str family, str pattern, str class ("" any), ref sink -> u32 watch. The sink gets EVENTs with
     * code APPEAR, CHANGE or GONE and an entry; first an APPEAR for each that is there. */
    DIRECTORY_WATCH_NAMES = 8,
    /* u32 watch -> nothing */
    DIRECTORY_UNWATCH_NAMES = 9,
    /* u32 how many (0: as many as there may be) -> a block (below): numbers for objects of one's
     * own. VIA_BUSY */
    DIRECTORY_NUMBERS = 10,
    /* u32 number, ref object of one's own, u32 mode (who on this host may find it; 0: 0666), then
     * nothing, or the block with which the number came in another session -> nothing. May be a
     * oneway. VIA_INVALID, VIA_EXISTS, VIA_DENIED (it is somebody else's), VIA_BUSY, VIA_DEAD */
    DIRECTORY_CLAIM = 11,
    /* str library -> ref stub: starts a child process with it on the gateway's host, if its config
     * allows. The reply's 32-bit result is the family's own error. */
    DIRECTORY_SPAWN = 12,
    /* anything -> the same octets */
    DIRECTORY_PING = 13,
    /* str family, str interface (the caller's own), str protocol ("" none), bool wait (until the
     * deadline) -> ref object, then an entry (below). VIA_NOT_FOUND: bound, not there; VIA_DENIED:
     * not bound */
    DIRECTORY_FIND_BOUND = 14,
    /* str family, str client, str server (both as in the bindings file) -> nothing. VIA_INVALID:
     * not written so, or another host; VIA_NOT_FOUND: no such user; VIA_DENIED; VIA_BUSY */
    DIRECTORY_BIND = 15,
    /* str family, str client -> nothing. VIA_NOT_FOUND: no such user, or not bound; VIA_DENIED */
    DIRECTORY_UNBIND = 16,
    /* str family ("" all), str after ("" from the start), u32 most -> u32 n, n bindings (below),
     * bool more, str next (give it as after) */
    DIRECTORY_BINDINGS = 17,
    /* str family ("" all), u64 after (0 from the start), u32 most -> u32 n, n that wait, and behind
     * them those that have what they waited for (below), bool more, u64 next (give it as after) */
    DIRECTORY_WAITING = 18,
    /* str family ("" all), str pattern (* and ?, "" all), str after ("" from the start), u32 most
     * -> u32 n, n services that have not answered all (below), bool more, str next (give it as
     * after) */
    DIRECTORY_UNANSWERED = 19,
    /* u32 number -> ref object. VIA_NOT_FOUND, VIA_DENIED */
    DIRECTORY_FIND_NUMBER = 20,
    /* ref object -> u32 number. VIA_NOT_FOUND: it has none */
    DIRECTORY_NUMBER_OF = 21,
    /* str family, str path -> ref object (none: it stands for a number that no object has), then an
     * entry (below): of the name that is the path, or the longest beginning of it that ends before
     * a slash, or "/" where it begins with one. VIA_NOT_FOUND, VIA_DENIED */
    DIRECTORY_FIND_PREFIX = 22,
    /* str family, str path, u32 flags (enum walk_flag), u32 priority -> what is at the end of it
     * (below), found by asking servers on behalf of the caller, as it would itself.
     * VIA_UNSUPPORTED: not of this family; VIA_NOT_FOUND, VIA_DENIED: as for find_prefix; VIA_BUSY,
     * VIA_TOO_LARGE: the caller is to do it itself. A CANCEL goes on to the server asked last */
    DIRECTORY_WALK = 23
};

/*
 * A binding: str family, u32 client's uid, str client's user, str interface, u32 server's uid, str
 * server's user, str name, bool from the file.
 *
 * One that waits: str family, u32 client's uid, str interface, str protocol, i32 pid, u8 state
 * (enum waiting_state), u32 server's uid, str name: the last two of WAITING_BOUND (the uid is
 * BINDING_ANY_USER when any user's will do) and WAITING_NO_MORE, else 0 and "".
 */
enum waiting_state {
    WAITING_PLAIN = 0,   /* for the name itself, without bindings */
    WAITING_UNBOUND = 1, /* for a binding */
    WAITING_BOUND = 2,   /* for the service that it is bound to */
    WAITING_NO_MORE = 3  /* for nothing: it has opened that */
};
#define BINDING_ANY_USER 0xffffffffu
/* What the uid of who is on another host counts as in bindings: `nobody`, never root. */
#define BINDING_REMOTE_UID 65534u

/*
 * A service that has not answered all that it was asked, by objects that it opened too: str family,
 * str name, i32 pid, u32 uid, u32 how many requests; and of who waits for the oldest: u64
 * milliseconds, i32 pid, u32 uid, str identity ("" on this host), str address, for people.
 */

/*
 * An entry: str family, str name, u32 flags, u32 mode, str class, str protocol, u32 message_size,
 * str info, i32 pid, u32 uid, u32 gid; with DIRECTORY_NUMBERED u32 number.
 *
 * A block of numbers: u32 first, u32 n, u64 seal, which proves that it was given.
 */

/*
 * The end of a path, or as far as the walk came: u32 status (of the last message there), u32 cause
 * (with VIA_DEAD), i32 error (0, or negative: the server's own, or why its answer is none), then
 * two places, node and what it stands for; with WALK_MODE u32 status, u32 cause, i32 error, i64
 * mode of the node, all zero where the way has not been found.
 *
 * A place: u32 number, u64 id, ref object (none: no object has the number that the caller may
 * call).
 */
enum walk_flag {
    WALK_MODE = 0x01 /* what is at the end is asked for its mode */
};

enum directory_flag {
    DIRECTORY_CASELESS = 0x01,   /* names of this family compare without case (ASCII) */
    DIRECTORY_DUPLICATES = 0x02, /* the name may be taken more than once; find gives the oldest */
    DIRECTORY_PER_USER = 0x04,   /* the name is the user's own: others may have the same */
    DIRECTORY_OPENS = 0x08,      /* open it before calling it: OBJECT_OPEN */
    DIRECTORY_UNLISTED = 0x10,   /* found by who knows it; neither listed nor watched */
    DIRECTORY_LOCAL = 0x20,      /* not there for who is on another host */
    DIRECTORY_NUMBERED = 0x40,   /* its number goes with it, or it stands for that alone */
    DIRECTORY_NEW = 0x80         /* of publishing alone: it has not been published before */
};

enum directory_notice { DIRECTORY_APPEAR = 1, DIRECTORY_CHANGE = 2, DIRECTORY_GONE = 3 };

enum object_verb {
    /* ref back (may be null), then what the family passes -> ref opened, then what it answers. Each
     * of the two, unless it is empty, is u32 layout and then its octets, references and descriptors
     * as they are. */
    OBJECT_OPEN = 1,
    /* nothing -> nothing, as soon as it has come to the object's process: so has then all that the
     * same caller sent it before, but for large messages that are still on their way. */
    OBJECT_REACHED = 2
};
