/*
 * The core's own verbs: calls with VIA_LAYOUT_CONTROL. Object 0, the directory, takes the
 * DIRECTORY_* codes; any other object takes the OBJECT_* codes, which its owner's library answers.
 * Parameters are raw values in the order given; docs/PROTOCOL.md, "The directory".
 */
#pragma once

enum directory_verb {
    /* str family, str name, ref object, u32 flags, u32 mode, str class, str protocol,
     * u32 message_size, str info -> nothing. VIA_EXISTS, VIA_DENIED */
    DIRECTORY_PUBLISH = 1,
    /* str family, str name, ref object -> nothing. VIA_NOT_FOUND */
    DIRECTORY_WITHDRAW = 2,
    /* str family ("" any), str name, bool wait (until the deadline) -> ref object, then an entry
       (below) */
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
    /* str library -> ref stub: starts a child process with it on the gateway's host, if its config
     * allows. The reply's 32-bit result is the family's own error. */
    DIRECTORY_SPAWN = 12,
    /* anything -> the same octets */
    DIRECTORY_PING = 13
};

/*
 * An entry: str family, str name, u32 flags, u32 mode, str class, str protocol, u32 message_size,
 * str info, i32 pid, u32 uid, u32 gid.
 */

enum directory_flag {
    DIRECTORY_CASELESS = 0x01,   /* names of this family compare without case (ASCII) */
    DIRECTORY_DUPLICATES = 0x02, /* the name may be taken more than once; find gives the oldest */
    DIRECTORY_PER_USER = 0x04,   /* the name is the user's own: others may have the same */
    DIRECTORY_OPENS = 0x08,      /* open it before calling it: OBJECT_OPEN */
    DIRECTORY_UNLISTED = 0x10,   /* found by who knows it; neither listed nor watched */
    DIRECTORY_LOCAL = 0x20       /* not there for who is on another host */
};

enum directory_notice { DIRECTORY_APPEAR = 1, DIRECTORY_CHANGE = 2, DIRECTORY_GONE = 3 };

enum object_verb {
    /* ref back (may be null), then what the family passes -> ref opened, then what it answers. Each
     * of the two, unless it is empty, is u32 layout and then its octets, references and descriptors
     * as they are. */
    OBJECT_OPEN = 1
};
