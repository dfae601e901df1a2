/*
 * Tables of names. O_* are Phoenix's numbers and errno's are Linux's, because those are what stands
 * in messages.
 */
#include "codecs/phoenix_names.h"

#include <errno.h>
#include <string.h>

_Static_assert(ENOSYS == 38 && ETIME == 62 && EDEADLK == 35 && EBADFD == 77 && ENOLCK == 37,
               "this machine's errno are not those of the wire");

struct phoenix_names {
    const struct name {
        const char *text;
        uint32_t number;
    } * names;
    size_t n_names;
    bool are_bits;
};

#define SET(table, bits)                                                                           \
    {                                                                                              \
        .names = (table), .n_names = sizeof(table) / sizeof *(table), .are_bits = (bits)           \
    }

static const struct name attributes[] = {
    {"atMode", 0},    {"atUid", 1},    {"atGid", 2},    {"atSize", 3},       {"atBlocks", 4},
    {"atIOBlock", 5}, {"atType", 6},   {"atPort", 7},   {"atPollStatus", 8}, {"atEventMask", 9},
    {"atCTime", 10},  {"atMTime", 11}, {"atATime", 12}, {"atLinks", 13},     {"atDev", 14},
};
const struct phoenix_names phoenix_attributes = SET(attributes, false);

static const struct name objects[] = {
    {"otDir", 0}, {"otFile", 1}, {"otDev", 2}, {"otSymlink", 3}, {"otUnknown", 4},
};
const struct phoenix_names phoenix_objects = SET(objects, false);

static const struct name entries[] = {
    {"DT_UNKNOWN", 0}, {"DT_FIFO", 1}, {"DT_CHR", 2},   {"DT_DIR", 4},  {"DT_BLK", 6},
    {"DT_REG", 8},     {"DT_LNK", 10}, {"DT_SOCK", 12}, {"DT_WHT", 14},
};
const struct phoenix_names phoenix_entries = SET(entries, false);

static const struct name open_flags[] = {
    {"O_RDONLY", 0x1},      {"O_WRONLY", 0x2},    {"O_RDWR", 0x4},      {"O_APPEND", 0x8},
    {"O_CREAT", 0x100},     {"O_TRUNC", 0x200},   {"O_EXCL", 0x400},    {"O_SYNC", 0x800},
    {"O_NONBLOCK", 0x1000}, {"O_NDELAY", 0x1000}, {"O_NOCTTY", 0x2000}, {"O_CLOEXEC", 0x4000},
    {"O_RSYNC", 0x8000},    {"O_DSYNC", 0x10000},
};
const struct phoenix_names phoenix_open_flags = SET(open_flags, true);

#define ERROR(name)                                                                                \
    {                                                                                              \
#name, (name)                                                                              \
    }

static const struct name errors[] = {
    ERROR(EPERM),         ERROR(ENOENT),          ERROR(ESRCH),        ERROR(EINTR),
    ERROR(EIO),           ERROR(ENXIO),           ERROR(E2BIG),        ERROR(ENOEXEC),
    ERROR(EBADF),         ERROR(ECHILD),          ERROR(EAGAIN),       ERROR(ENOMEM),
    ERROR(EACCES),        ERROR(EFAULT),          ERROR(ENOTBLK),      ERROR(EBUSY),
    ERROR(EEXIST),        ERROR(EXDEV),           ERROR(ENODEV),       ERROR(ENOTDIR),
    ERROR(EISDIR),        ERROR(EINVAL),          ERROR(ENFILE),       ERROR(EMFILE),
    ERROR(ENOTTY),        ERROR(ETXTBSY),         ERROR(EFBIG),        ERROR(ENOSPC),
    ERROR(ESPIPE),        ERROR(EROFS),           ERROR(EMLINK),       ERROR(EPIPE),
    ERROR(EDOM),          ERROR(ERANGE),          ERROR(EDEADLK),      ERROR(ENAMETOOLONG),
    ERROR(ENOLCK),        ERROR(ENOSYS),          ERROR(ENOTEMPTY),    ERROR(ELOOP),
    ERROR(ENOMSG),        ERROR(EIDRM),           ERROR(EUNATCH),      ERROR(ENODATA),
    ERROR(ETIME),         ERROR(ENONET),          ERROR(EREMOTE),      ERROR(ENOLINK),
    ERROR(EPROTO),        ERROR(EBADMSG),         ERROR(EOVERFLOW),    ERROR(EBADFD),
    ERROR(EILSEQ),        ERROR(EUSERS),          ERROR(ENOTSOCK),     ERROR(EDESTADDRREQ),
    ERROR(EMSGSIZE),      ERROR(EPROTOTYPE),      ERROR(ENOPROTOOPT),  ERROR(EPROTONOSUPPORT),
    ERROR(EOPNOTSUPP),    ERROR(EPFNOSUPPORT),    ERROR(EAFNOSUPPORT), ERROR(EADDRINUSE),
    ERROR(EADDRNOTAVAIL), ERROR(ENETDOWN),        ERROR(ENETUNREACH),  ERROR(ENETRESET),
    ERROR(ECONNABORTED),  ERROR(ECONNRESET),      ERROR(ENOBUFS),      ERROR(EISCONN),
    ERROR(ENOTCONN),      ERROR(ETIMEDOUT),       ERROR(ECONNREFUSED), ERROR(EHOSTDOWN),
    ERROR(EHOSTUNREACH),  ERROR(EALREADY),        ERROR(EINPROGRESS),  ERROR(ESTALE),
    ERROR(EUCLEAN),       ERROR(EDQUOT),          ERROR(ENOMEDIUM),    ERROR(ECANCELED),
    ERROR(EOWNERDEAD),    ERROR(ENOTRECOVERABLE),
};
const struct phoenix_names phoenix_errors = SET(errors, false);

bool phoenix_names_are_bits(const struct phoenix_names *names)
{
    return names->are_bits;
}

const char *phoenix_name_of(const struct phoenix_names *names, uint32_t number)
{
    for (size_t i = 0; i < names->n_names; i++)
        if (names->names[i].number == number)
            return names->names[i].text;
    return NULL;
}

const char *phoenix_name_at(const struct phoenix_names *names, size_t index, uint32_t *numberp)
{
    if (index >= names->n_names)
        return NULL;
    *numberp = names->names[index].number;
    return names->names[index].text;
}

bool phoenix_number_of(const struct phoenix_names *names, const char *text, size_t size,
                       uint32_t *numberp)
{
    for (size_t i = 0; i < names->n_names; i++) {
        if (strlen(names->names[i].text) == size && memcmp(names->names[i].text, text, size) == 0) {
            *numberp = names->names[i].number;
            return true;
        }
    }
    return false;
}
