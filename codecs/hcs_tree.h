/*
 * A tree of HCS, the configuration language of OpenHarmony's driver framework: nodes that hold
 * attributes and nodes, each by a name of its own. What codecs/hcs.h gives a reader is resolved:
 * every node is plain, no attribute is deleted, every reference has its target.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/arena.h"

#define HCS_DEPTH_MAX 32u          /* levels of nodes, root being the first */
#define HCS_NAME_MAX 255u          /* octets of a name */
#define HCS_ARRAY_MAX 65535u       /* elements of an array; 16 bits hold their number */
#define HCS_NODE_MEMBERS_MAX 1024u /* attributes and nodes of one node */
#define HCS_MEMBERS_MAX 65536u     /* of a tree, with those that its templates make */
#define HCS_MEMORY_MAX (64u << 20) /* octets that a tree takes */

struct hcs_place {
    const char *file; /* as it was named or included */
    unsigned line;    /* from 1 */
    unsigned column;  /* from 1, in octets */
};

enum hcs_type {
    HCS_NUMBER,
    HCS_STRING,
    HCS_ARRAY,
    HCS_REFERENCE, /* to a node */
    HCS_DELETED    /* until the tree is resolved: NAME = delete */
};

/* How a number was written. */
enum hcs_notation { HCS_DECIMAL, HCS_HEXADECIMAL, HCS_OCTAL, HCS_BINARY, HCS_BOOLEAN };

/* To be read only: an attribute that was copied shares its value with the original. */
struct hcs_value {
    enum hcs_type type;
    enum hcs_notation notation; /* NUMBER */
    union {
        uint64_t number; /* two's complement; its magnitude is at most INT64_MAX */
        struct {
            const char *text; /* STRING; REFERENCE: the path as written. Ends with a NUL */
            size_t size;
        };
        struct {
            const struct hcs_value *elements; /* ARRAY: all numbers, or all strings */
            size_t n_elements;
        };
    };
};

struct hcs_attr {
    const char *name;
    const struct hcs_value *value;
    struct hcs_attr *next;
    const struct hcs_node *target; /* REFERENCE */
    struct hcs_place place;
};

/* What stands behind a node's name. Of a resolved tree all are plain. */
enum hcs_kind {
    HCS_PLAIN,    /* NAME {} */
    HCS_TEMPLATE, /* template NAME {} */
    HCS_INHERIT,  /* NAME :: REF {} */
    HCS_COPY,     /* NAME : REF {} */
    HCS_MODIFY,   /* NAME : &REF {} */
    HCS_DELETE,   /* NAME : delete {} */
    HCS_GONE      /* a modification that was made; nobody finds it any more */
};

/* Whether what the kind asks for was done. */
enum hcs_progress { HCS_PENDING, HCS_BUSY, HCS_DONE };

struct hcs_node {
    const char *name;
    struct hcs_node *parent; /* NULL: root */
    struct hcs_node *next;   /* the next child of its parent */
    struct hcs_node *first_child, *last_child;
    struct hcs_attr *first_attr, *last_attr;
    struct hcs_place place;
    unsigned depth; /* of root: 1 */
    unsigned n_members;
    uint32_t id; /* in pre-order, root being 1 */
    /* Until the tree is resolved: */
    enum hcs_kind kind;
    enum hcs_progress progress;
    const char *ref; /* INHERIT, COPY, MODIFY: a name, or a path that begins with "root." */
    struct hcs_place ref_place;
    struct hcs_node *scope; /* INHERIT: whose members a plain name is one of; NULL: the parent's */
};

struct hcs_tree {
    struct hcs_node *root;
    uint32_t n_nodes; /* ids are 1 to n_nodes */
    uint32_t n_attrs;
    struct arena arena; /* holds all of it */
};

/* The member of that name, or NULL. */
struct hcs_attr *hcs_node_attr(const struct hcs_node *node, const char *name);
struct hcs_node *hcs_node_child(const struct hcs_node *node, const char *name);

/* @node or the first below it, in pre-order, with match_attr = @value; NULL: none. */
const struct hcs_node *hcs_node_match(const struct hcs_node *node, const char *value);

/* The node that follows in pre-order and is below @top, or NULL. */
const struct hcs_node *hcs_node_next(const struct hcs_node *node, const struct hcs_node *top);

static inline bool hcs_is_negative(const struct hcs_value *value)
{
    return value->number > INT64_MAX;
}
