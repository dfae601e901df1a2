/*
 * Structures are lists of members, and where these stand follows from the ABI as a C compiler lays
 * them out. PHOENIX_OID marks the port numbers: besides a message's own oid there are no others
 * that are known to be such.
 */
#include "codecs/phoenix_fields.h"

#include <string.h>

#define MEMBERS(list)                                                                              \
    {                                                                                              \
        .members = (list), .n_members = sizeof(list) / sizeof *(list), .n = 1                      \
    }

/* ---- raws ---- */

static const struct phoenix_member open_in[] = {{"flags", PHOENIX_U32, &phoenix_open_flags}};
static const struct phoenix_member io_in[] = {
    {"offs", PHOENIX_I64, NULL},
    {"len", PHOENIX_WORD, NULL},
    {"mode", PHOENIX_U32, &phoenix_open_flags},
};
static const struct phoenix_member create_in[] = {
    {"otype", PHOENIX_I32, &phoenix_objects},
    {"mode", PHOENIX_U32, NULL},
    {"dev", PHOENIX_OID, NULL},
};
static const struct phoenix_member attr_in[] = {
    {"val", PHOENIX_I64, NULL},
    {"attr", PHOENIX_I32, &phoenix_attributes},
};
static const struct phoenix_member ln_in[] = {{"ln", PHOENIX_OID, NULL}};
static const struct phoenix_member readdir_in[] = {{"offs", PHOENIX_I64, NULL}};
static const struct phoenix_member mount_in[] = {
    {"mnt", PHOENIX_OID, NULL},
    {"mode", PHOENIX_WORD, NULL},
    {"fstype", PHOENIX_CHARS, NULL},
};
static const struct phoenix_member sync_in[] = {{NULL, PHOENIX_OID, NULL}};

static const struct phoenix_member oid_out[] = {{"oid", PHOENIX_OID, NULL}};
static const struct phoenix_member val_out[] = {{"val", PHOENIX_I64, NULL}};
static const struct phoenix_member lookup_out[] = {
    {"fil", PHOENIX_OID, NULL},
    {"dev", PHOENIX_OID, NULL},
};

#define TYPE(type, text) .number = (type), .name = (text)

static const struct phoenix_type types[] = {
    {TYPE(PHOENIX_OPEN, "mtOpen"), .in = MEMBERS(open_in)},
    {TYPE(PHOENIX_CLOSE, "mtClose"), .in = MEMBERS(open_in)},
    {TYPE(PHOENIX_READ, "mtRead"), .in = MEMBERS(io_in)},
    {TYPE(PHOENIX_WRITE, "mtWrite"), .in = MEMBERS(io_in)},
    {TYPE(PHOENIX_TRUNCATE, "mtTruncate"), .in = MEMBERS(io_in)},
    {TYPE(PHOENIX_DEVCTL, "mtDevCtl")},
    {TYPE(PHOENIX_CREATE, "mtCreate"), .in = MEMBERS(create_in), .out = MEMBERS(oid_out),
     .in_data = PHOENIX_NAMES},
    {TYPE(PHOENIX_DESTROY, "mtDestroy")},
    {TYPE(PHOENIX_SETATTR, "mtSetAttr"), .in = MEMBERS(attr_in), .in_data = PHOENIX_ATTR},
    {TYPE(PHOENIX_GETATTR, "mtGetAttr"), .in = MEMBERS(attr_in), .out = MEMBERS(val_out)},
    {TYPE(PHOENIX_GETATTRALL, "mtGetAttrAll"), .out_data = PHOENIX_ATTRS, .out_size = 240},
    {TYPE(PHOENIX_LOOKUP, "mtLookup"), .out = MEMBERS(lookup_out), .in_data = PHOENIX_NAME},
    {TYPE(PHOENIX_LINK, "mtLink"), .in = MEMBERS(ln_in), .in_data = PHOENIX_NAME},
    {TYPE(PHOENIX_UNLINK, "mtUnlink"), .in = MEMBERS(ln_in), .in_data = PHOENIX_NAME},
    {TYPE(PHOENIX_READDIR, "mtReaddir"), /* with room for the longest name */
     .in = MEMBERS(readdir_in), .out_data = PHOENIX_DIRENT, .out_size = 272},
    {TYPE(PHOENIX_MOUNT, "mtMount"), .in = MEMBERS(mount_in), .out = MEMBERS(oid_out),
     .in_data = PHOENIX_TEXT},
    {TYPE(PHOENIX_UMOUNT, "mtUmount")},
    {TYPE(PHOENIX_SYNC, "mtSync"), .in = MEMBERS(sync_in)},
    {TYPE(PHOENIX_STAT, "mtStat"), .out_data = PHOENIX_STATVFS, .out_size = 88},
    {TYPE(PHOENIX_MOUNT_POINT, "mtMountPoint"), .out = MEMBERS(oid_out)},
};
static const struct phoenix_type other = {.number = -1};

const struct phoenix_type *phoenix_type_of(int32_t number)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].number == number)
            return &types[i];
    return &other;
}

const struct phoenix_type *phoenix_type_named(const char *text, size_t size)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strlen(types[i].name) == size && memcmp(types[i].name, text, size) == 0)
            return &types[i];
    return NULL;
}

/* ---- structures in data ---- */

static const struct phoenix_member attr_members[] = {
    {"val", PHOENIX_I64, NULL},
    {"err", PHOENIX_ERRNO, NULL},
};
static const char *const attr_names[] = {
    "mode",       "uid",       "gid",   "size",  "blocks", "ioblock", "type", "port",
    "pollStatus", "eventMask", "cTime", "mTime", "aTime",  "links",   "dev",
};
#define N_ATTRS (sizeof attr_names / sizeof *attr_names)

/* The name follows. */
static const struct phoenix_member dirent_members[] = {
    {"ino", PHOENIX_U64, NULL},
    {"type", PHOENIX_U32, &phoenix_entries},
    {"reclen", PHOENIX_U16, NULL},
    {NULL, PHOENIX_U16, NULL}, /* d_namlen */
};
static const struct phoenix_member statvfs_members[] = {
    {"bsize", PHOENIX_WORD, NULL}, {"frsize", PHOENIX_WORD, NULL},  {"blocks", PHOENIX_U64, NULL},
    {"bfree", PHOENIX_U64, NULL},  {"bavail", PHOENIX_U64, NULL},   {"files", PHOENIX_U64, NULL},
    {"ffree", PHOENIX_U64, NULL},  {"favail", PHOENIX_U64, NULL},   {"fsid", PHOENIX_WORD, NULL},
    {"flag", PHOENIX_WORD, NULL},  {"namemax", PHOENIX_WORD, NULL},
};
static const struct phoenix_member attr_oid[] = {{"dev", PHOENIX_OID, NULL}};

const struct phoenix_struct *phoenix_struct_of(enum phoenix_data data)
{
    static const struct phoenix_struct structures[] = {
        [PHOENIX_OCTETS] = {.n = 0},
        [PHOENIX_TEXT] = {.n = 0},
        [PHOENIX_NAME] = {.n = 0},
        [PHOENIX_NAMES] = {.n = 0},
        [PHOENIX_ATTR] = MEMBERS(attr_oid),
        [PHOENIX_ATTRS] = {.members = attr_members, .n_members = 2, .n = N_ATTRS},
        [PHOENIX_DIRENT] = MEMBERS(dirent_members),
        [PHOENIX_STATVFS] = MEMBERS(statvfs_members),
    };
    return &structures[data];
}

const char *phoenix_attr_name(size_t index)
{
    return index < N_ATTRS ? attr_names[index] : NULL;
}

/* ---- where members stand ---- */

static size_t word_size(uint32_t abi)
{
    return (abi & PHOENIX_ABI_WORD32) != 0 ? 4 : 8;
}

static size_t id_size(uint32_t abi)
{
    return (abi & PHOENIX_ABI_ID32) != 0 ? 4 : 8;
}

static size_t long_alignment(uint32_t abi)
{
    return (abi & PHOENIX_ABI_ALIGN4) != 0 ? 4 : 8;
}

static size_t id_alignment(uint32_t abi)
{
    return id_size(abi) == 4 ? 4 : long_alignment(abi);
}

static size_t align(size_t at, size_t alignment)
{
    return (at + alignment - 1) & ~(alignment - 1);
}

static size_t id_at(uint32_t abi)
{
    return align(4, id_alignment(abi));
}

size_t phoenix_member_size(enum phoenix_kind kind, uint32_t abi)
{
    switch (kind) {
    case PHOENIX_U16:
        return 2;
    case PHOENIX_I32:
    case PHOENIX_U32:
    case PHOENIX_ERRNO:
        return 4;
    case PHOENIX_I64:
    case PHOENIX_U64:
        return 8;
    case PHOENIX_WORD:
        return word_size(abi);
    case PHOENIX_OID:
        return id_at(abi) + id_size(abi);
    case PHOENIX_CHARS:
        break;
    }
    return PHOENIX_CHARS_SIZE;
}

static size_t alignment_of(enum phoenix_kind kind, uint32_t abi)
{
    switch (kind) {
    case PHOENIX_I64:
    case PHOENIX_U64:
        return long_alignment(abi);
    case PHOENIX_WORD:
        return word_size(abi) == 8 ? long_alignment(abi) : 4;
    case PHOENIX_OID:
        return id_alignment(abi);
    case PHOENIX_CHARS:
        return 1;
    case PHOENIX_U16:
    case PHOENIX_I32:
    case PHOENIX_U32:
    case PHOENIX_ERRNO:
        break;
    }
    return phoenix_member_size(kind, abi);
}

size_t phoenix_member_at(const struct phoenix_struct *structure, size_t index, uint32_t abi)
{
    size_t at = 0;
    for (size_t i = 0;; i++) {
        enum phoenix_kind kind = structure->members[i].kind;
        at = align(at, alignment_of(kind, abi));
        if (i == index)
            return at;
        at += phoenix_member_size(kind, abi);
    }
}

size_t phoenix_struct_size(const struct phoenix_struct *structure, uint32_t abi)
{
    size_t end = 0, alignment = 1;
    for (size_t i = 0; i < structure->n_members; i++) {
        enum phoenix_kind kind = structure->members[i].kind;
        size_t own = alignment_of(kind, abi);
        end = align(end, own) + phoenix_member_size(kind, abi);
        alignment = own > alignment ? own : alignment;
    }
    return align(end, alignment);
}

/* ---- values ---- */

uint64_t phoenix_load(uint32_t abi, const uint8_t *octets, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | octets[(abi & PHOENIX_ABI_BIG) != 0 ? i : size - 1 - i];
    return number;
}

void phoenix_store(uint32_t abi, uint8_t *octets, size_t size, uint64_t number)
{
    for (size_t i = 0; i < size; i++, number >>= 8)
        octets[(abi & PHOENIX_ABI_BIG) != 0 ? size - 1 - i : i] = (uint8_t)number;
}

static bool is_signed(enum phoenix_kind kind)
{
    return kind == PHOENIX_I32 || kind == PHOENIX_ERRNO || kind == PHOENIX_I64;
}

uint64_t phoenix_get(enum phoenix_kind kind, uint32_t abi, const uint8_t *octets)
{
    size_t size = phoenix_member_size(kind, abi);
    uint64_t number = phoenix_load(abi, octets, size);
    return is_signed(kind) && size == 4 ? (uint64_t)(int64_t)(int32_t)(uint32_t)number : number;
}

bool phoenix_put(enum phoenix_kind kind, uint32_t abi, uint8_t *octets, uint64_t value)
{
    size_t size = phoenix_member_size(kind, abi);
    bool fits = size == 8 || value >> (8 * size) == 0;
    if (is_signed(kind) && size == 4)
        fits = (int64_t)value >= INT32_MIN && (int64_t)value <= INT32_MAX;
    if (fits)
        phoenix_store(abi, octets, size, value);
    return fits;
}

void phoenix_get_oid(uint32_t abi, const uint8_t *octets, struct phoenix_oid *oidp)
{
    oidp->port = (uint32_t)phoenix_load(abi, octets, 4);
    oidp->id = phoenix_load(abi, octets + id_at(abi), id_size(abi));
}

bool phoenix_put_oid(uint32_t abi, uint8_t *octets, const struct phoenix_oid *oid)
{
    if (id_size(abi) == 4 && oid->id > UINT32_MAX)
        return false;
    memset(octets, 0, phoenix_member_size(PHOENIX_OID, abi));
    phoenix_store(abi, octets, 4, oid->port);
    phoenix_store(abi, octets + id_at(abi), id_size(abi), oid->id);
    return true;
}
