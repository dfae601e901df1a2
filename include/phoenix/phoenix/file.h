/*
 * Phoenix-RTOS: attributes of files.
 *
 * Source: docs/phoenix.md, "Messages"; the system's phoenix/file.h.
 */
#pragma once

/** at - attributes, as i.attr.type of mtSetAttr and mtGetAttr names them */
enum {
    atMode = 0,
    atUid = 1,
    atGid = 2,
    atSize = 3,
    atBlocks = 4, /* of 512 octets */
    atIOBlock = 5,
    atType = 6, /* ot* */
    atPort = 7,
    atPollStatus = 8, /* POLL*; i.attr.val has what is asked for */
    atEventMask = 9,
    atCTime = 10, /* s */
    atMTime = 11,
    atATime = 12,
    atLinks = 13,
    atDev = 14 /* mtSetAttr: i.data is an oid_t, the root of what is mounted on a directory */
};
