/*
 * What stands in the 64-octet raws and in the data of Phoenix's standard messages, for any ABI: the
 * one table that conversion, JSON, and whoever rewrites port numbers read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/phoenix_abi.h"
#include "codecs/phoenix_names.h"

#define PHOENIX_RAW_SIZE 64u
#define PHOENIX_CHARS_SIZE 16u  /* of a PHOENIX_CHARS */
#define PHOENIX_STRUCT_MAX 240u /* octets of the largest structure, in any ABI */

enum phoenix_number {
    PHOENIX_OPEN = 0,
    PHOENIX_CLOSE = 1,
    PHOENIX_READ = 2,
    PHOENIX_WRITE = 3,
    PHOENIX_TRUNCATE = 4,
    PHOENIX_DEVCTL = 5,
    PHOENIX_CREATE = 6,
    PHOENIX_DESTROY = 7,
    PHOENIX_SETATTR = 8,
    PHOENIX_GETATTR = 9,
    PHOENIX_GETATTRALL = 10,
    PHOENIX_LOOKUP = 11,
    PHOENIX_LINK = 12,
    PHOENIX_UNLINK = 13,
    PHOENIX_READDIR = 14,
    PHOENIX_MOUNT = 0xf50,
    PHOENIX_UMOUNT = 0xf51,
    PHOENIX_SYNC = 0xf52,
    PHOENIX_STAT = 0xf53,
    PHOENIX_MOUNT_POINT = 0xf54
};

#define PHOENIX_AT_DEV 14 /* the attribute whose value is an oid in i.data */

enum phoenix_kind {
    PHOENIX_U16,
    PHOENIX_I32,
    PHOENIX_U32,
    PHOENIX_ERRNO, /* i32, a negative error number or 0 */
    PHOENIX_I64,
    PHOENIX_U64,
    PHOENIX_WORD, /* size_t, unsigned long */
    PHOENIX_OID,  /* a port, which is a gateway's number, and an id */
    PHOENIX_CHARS /* 16 octets of text */
};

struct phoenix_member {
    const char *name; /* in JSON; NULL: not shown there */
    enum phoenix_kind kind;
    const struct phoenix_names *names; /* of its numbers; NULL: they have none */
};

/* @n alike, one behind the other. */
struct phoenix_struct {
    const struct phoenix_member *members;
    uint8_t n_members;
    uint8_t n;
};

/* What i.data and o.data are. */
enum phoenix_data {
    PHOENIX_OCTETS,
    PHOENIX_TEXT,    /* i.data: text, its NUL not counted */
    PHOENIX_NAME,    /* i.data: a name and its NUL */
    PHOENIX_NAMES,   /* i.data: a name and its NUL, perhaps a target and its NUL */
    PHOENIX_ATTR,    /* i.data: an oid, if the attribute is PHOENIX_AT_DEV */
    PHOENIX_ATTRS,   /* o.data: struct _attrAll */
    PHOENIX_DIRENT,  /* o.data: struct dirent */
    PHOENIX_STATVFS, /* o.data: struct statvfs */
};

struct phoenix_type {
    int32_t number;
    const char *name; /* NULL: of no standard type */
    struct phoenix_struct in, out;
    enum phoenix_data in_data, out_data;
    uint32_t out_size; /* of o.data when nobody says; 0: none */
};

/* Never NULL: all types that are not standard have one row of octets. */
const struct phoenix_type *phoenix_type_of(int32_t number);
/* The row called @text, or NULL. */
const struct phoenix_type *phoenix_type_named(const char *text, size_t size);

/* The structure in data of kind @data; no members where there is none. */
const struct phoenix_struct *phoenix_struct_of(enum phoenix_data data);
/* The 15 attributes of struct _attrAll, by name, in their order; NULL behind the last. */
const char *phoenix_attr_name(size_t index);

/* ---- where members stand ---- */

size_t phoenix_member_size(enum phoenix_kind kind, uint32_t abi);
/* The first octet of member @index of the first structure. */
size_t phoenix_member_at(const struct phoenix_struct *structure, size_t index, uint32_t abi);
/* Octets of one of them, with its padding; 0 without members. */
size_t phoenix_struct_size(const struct phoenix_struct *structure, uint32_t abi);

/* ---- values; signed ones are extended ---- */

struct phoenix_oid {
    uint32_t port;
    uint64_t id;
};

/* A number of @size octets, at most 8. */
uint64_t phoenix_load(uint32_t abi, const uint8_t *octets, size_t size);
void phoenix_store(uint32_t abi, uint8_t *octets, size_t size, uint64_t number);

/* Of all kinds but OID and CHARS. */
uint64_t phoenix_get(enum phoenix_kind kind, uint32_t abi, const uint8_t *octets);
/* false: @value does not fit, and nothing was written. */
bool phoenix_put(enum phoenix_kind kind, uint32_t abi, uint8_t *octets, uint64_t value);

void phoenix_get_oid(uint32_t abi, const uint8_t *octets, struct phoenix_oid *oidp);
/* With zeros as padding. false: the id does not fit, and nothing was written. */
bool phoenix_put_oid(uint32_t abi, uint8_t *octets, const struct phoenix_oid *oid);
