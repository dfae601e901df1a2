/*
 * Where everything is on a 64-bit Linux, in both ages: what travels is these octets. Compiled, not
 * run.
 */
#include <dirent.h>
#include <phoenix/ioctl.h>
#include <sys/file.h>
#include <sys/msg.h>
#include <sys/statvfs.h>

#define IS_AT(type, member, offset, size)                                                          \
    _Static_assert(offsetof(type, member) == (offset) && sizeof(((type *)0)->member) == (size),    \
                   #type "." #member)
/* NOLINTBEGIN(bugprone-macro-parentheses): a type has none */
#define HAS_TYPE(type, member, expected)                                                           \
    _Static_assert(_Generic(((type *)0)->member, expected : 1, default : 0), #type "." #member)
/* NOLINTEND(bugprone-macro-parentheses): a type has none */
#define IS(constant, value) _Static_assert((constant) == (value), #constant)

_Static_assert(sizeof(id_t) == 8 && (id_t)-1 > 0, "id_t");
_Static_assert(sizeof(off_t) == 8 && (off_t)-1 < 0, "off_t");
_Static_assert(sizeof(off64_t) == 8 && sizeof(time_t) == 8, "off64_t, time_t");
_Static_assert(sizeof(ino_t) == 8 && sizeof(handle_t) == 4, "ino_t, handle_t");
_Static_assert(sizeof(msg_rid_t) == 4 && (msg_rid_t)-1 < 0, "msg_rid_t");
_Static_assert(sizeof(port_t) == 4 && (port_t)-1 > 0, "port_t");

IS(sizeof(oid_t), 16);
IS_AT(oid_t, port, 0, 4);
IS_AT(oid_t, id, 8, 8);
IS_AT(struct _oid_t, port, 0, 4);

IS(sizeof(msg_t), 200);
IS_AT(struct _msg_t, type, 0, 4);
IS_AT(msg_t, type, 0, 4);
IS_AT(msg_t, pid, 4, 4);
IS_AT(msg_t, priority, 8, 4);
IS_AT(msg_t, oid, 16, 16);
IS_AT(msg_t, i.openclose.flags, 32, 4);
IS_AT(msg_t, i.io.offs, 32, 8);
IS_AT(msg_t, i.io.len, 40, 8);
IS_AT(msg_t, i.io.mode, 48, 4);
IS_AT(msg_t, i.create.type, 32, 4);
IS_AT(msg_t, i.create.mode, 36, 4);
IS_AT(msg_t, i.create.dev, 40, 16);
IS_AT(msg_t, i.attr.val, 32, 8);
IS_AT(msg_t, i.attr.type, 40, 4);
IS_AT(msg_t, i.ln.oid, 32, 16);
IS_AT(msg_t, i.readdir.offs, 32, 8);
IS_AT(msg_t, i.raw, 32, 64);
IS_AT(msg_t, i.size, 96, 8);
IS_AT(msg_t, i.data, 104, 8);
IS_AT(msg_t, o.attr.val, 112, 8);
IS_AT(msg_t, o.create.oid, 112, 16);
IS_AT(msg_t, o.lookup.fil, 112, 16);
IS_AT(msg_t, o.lookup.dev, 128, 16);
IS_AT(msg_t, o.raw, 112, 64);
IS_AT(msg_t, o.err, 176, 4);
IS_AT(msg_t, o.size, 184, 8);
IS_AT(msg_t, o.data, 192, 8);

HAS_TYPE(msg_t, type, int);
HAS_TYPE(msg_t, priority, unsigned int);
HAS_TYPE(msg_t, i.io.mode, unsigned int);
HAS_TYPE(msg_t, i.create.type, int);
HAS_TYPE(msg_t, i.attr.val, long long);
HAS_TYPE(msg_t, i.data, const void *);
HAS_TYPE(msg_t, o.data, void *);
HAS_TYPE(msg_t, o.err, int);
#ifdef VIADUCT_PHOENIX_MSG_API
HAS_TYPE(msg_t, pid, int);
HAS_TYPE(msg_t, i.openclose.flags, unsigned int);
#else
HAS_TYPE(msg_t, pid, unsigned int);
HAS_TYPE(msg_t, i.openclose.flags, int);
#endif

IS(sizeof(struct _attr), 16);
IS(sizeof(struct _attrAll), 240);
IS_AT(struct _attr, val, 0, 8);
IS_AT(struct _attr, err, 8, 4);
IS_AT(struct _attrAll, mode, 16ul * atMode, 16);
IS_AT(struct _attrAll, uid, 16ul * atUid, 16);
IS_AT(struct _attrAll, gid, 16ul * atGid, 16);
IS_AT(struct _attrAll, size, 16ul * atSize, 16);
IS_AT(struct _attrAll, blocks, 16ul * atBlocks, 16);
IS_AT(struct _attrAll, ioblock, 16ul * atIOBlock, 16);
IS_AT(struct _attrAll, type, 16ul * atType, 16);
IS_AT(struct _attrAll, port, 16ul * atPort, 16);
IS_AT(struct _attrAll, pollStatus, 16ul * atPollStatus, 16);
IS_AT(struct _attrAll, eventMask, 16ul * atEventMask, 16);
IS_AT(struct _attrAll, cTime, 16ul * atCTime, 16);
IS_AT(struct _attrAll, mTime, 16ul * atMTime, 16);
IS_AT(struct _attrAll, aTime, 16ul * atATime, 16);
IS_AT(struct _attrAll, links, 16ul * atLinks, 16);
IS_AT(struct _attrAll, dev, 16ul * atDev, 16);

IS(sizeof(struct dirent), 16);
IS_AT(struct dirent, d_ino, 0, 8);
IS_AT(struct dirent, d_type, 8, 4);
IS_AT(struct dirent, d_reclen, 12, 2);
IS_AT(struct dirent, d_namlen, 14, 2);
IS(offsetof(struct dirent, d_name), 16);

IS(sizeof(struct statvfs), 88);
IS_AT(struct statvfs, f_bsize, 0, 8);
IS_AT(struct statvfs, f_frsize, 8, 8);
IS_AT(struct statvfs, f_blocks, 16, 8);
IS_AT(struct statvfs, f_bfree, 24, 8);
IS_AT(struct statvfs, f_bavail, 32, 8);
IS_AT(struct statvfs, f_files, 40, 8);
IS_AT(struct statvfs, f_ffree, 48, 8);
IS_AT(struct statvfs, f_favail, 56, 8);
IS_AT(struct statvfs, f_fsid, 64, 8);
IS_AT(struct statvfs, f_flag, 72, 8);
IS_AT(struct statvfs, f_namemax, 80, 8);

IS(sizeof(mount_i_msg_t), 40);
IS_AT(mount_i_msg_t, mnt, 0, 16);
IS_AT(mount_i_msg_t, mode, 16, 8);
IS_AT(mount_i_msg_t, fstype, 24, 16);
IS(sizeof(mount_o_msg_t), 16);
IS_AT(mount_o_msg_t, oid, 0, 16);

IS(sizeof(ioctl_in_t), 16);
IS_AT(ioctl_in_t, request, 0, 8);
IS_AT(ioctl_in_t, size, 8, 8);
IS(offsetof(ioctl_in_t, data), 16);

IS(mtOpen, 0);
IS(mtClose, 1);
IS(mtRead, 2);
IS(mtWrite, 3);
IS(mtTruncate, 4);
IS(mtDevCtl, 5);
IS(mtCreate, 6);
IS(mtDestroy, 7);
IS(mtSetAttr, 8);
IS(mtGetAttr, 9);
IS(mtGetAttrAll, 10);
IS(mtLookup, 11);
IS(mtLink, 12);
IS(mtUnlink, 13);
IS(mtReaddir, 14);
IS(mtCount, 15);
IS(mtMount, 0xf50);
IS(mtUmount, 0xf51);
IS(mtSync, 0xf52);
IS(mtStat, 0xf53);
IS(mtMountPoint, 0xf54);

IS(atMode, 0);
IS(atUid, 1);
IS(atGid, 2);
IS(atSize, 3);
IS(atBlocks, 4);
IS(atIOBlock, 5);
IS(atType, 6);
IS(atPort, 7);
IS(atPollStatus, 8);
IS(atEventMask, 9);
IS(atCTime, 10);
IS(atMTime, 11);
IS(atATime, 12);
IS(atLinks, 13);
IS(atDev, 14);

IS(otDir, 0);
IS(otFile, 1);
IS(otDev, 2);
IS(otSymlink, 3);
IS(otUnknown, 4);

IS(DT_UNKNOWN, 0);
IS(DT_FIFO, 1);
IS(DT_CHR, 2);
IS(DT_DIR, 4);
IS(DT_BLK, 6);
IS(DT_REG, 8);
IS(DT_LNK, 10);
IS(DT_SOCK, 12);
IS(DT_WHT, 14);
