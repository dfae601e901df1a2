/*
 * HCS sources to a tree. Files are read by the caller; what they say, and where it is wrong, is
 * found here.
 *
 *   file    := { '#include' STRING } [ 'root' body ] EOF
 *   body    := '{' { member } '}'
 *   member  := NAME '=' value ';'      | NAME body              an attribute, a node
 *            | 'template' NAME body    | NAME ':' ':' ref body  a template, a node that inherits
 *            | NAME ':' ref body       | NAME ':' '&' ref body  a copy, a change of a node
 * elsewhere | NAME ':' 'delete' body value   := STRING | NUMBER | 'true' | 'false' | '&' ref |
 * 'delete' | '[' [ elem { ',' elem } [','] ] ']' ref     := NAME | 'root' '.' NAME { '.' NAME }
 */
#pragma once

#include "codecs/hcs_tree.h"

#define HCS_FILE_SIZE_MAX (1u << 20) /* octets of one file */
#define HCS_TEXT_MAX (16u << 20)     /* octets of all */
#define HCS_FILES_MAX 256u           /* read in all, each as often as it is included */
#define HCS_INCLUDE_DEPTH_MAX 16u    /* files that include one another */
#define HCS_CHAIN_MAX 64u            /* nodes that copy, or inherit from, one another */
#define HCS_PATH_MAX 1024u           /* octets of a file's path, with its NUL */

struct hcs_fault {
    char file[HCS_PATH_MAX];
    unsigned line;
    unsigned column; /* from 1, in octets */
    char text[256];  /* what is wrong there, for a person; one line */
};

/* What a file holds. */
struct hcs_text {
    char *octets; /* from malloc(); hcs_load() frees it */
    size_t size;
    char why[96]; /* where it cannot be read: the reason */
};

struct hcs_files {
    /* Reads @path into @text. A file of more than HCS_FILE_SIZE_MAX octets may be cut behind one
     * more. Any status but VIA_OK: hcs_load() returns it. */
    enum via_status (*read)(void *user, const char *path, struct hcs_text *text);
    void *user;
};

/*
 * The file at @path with all that it includes, resolved. Sets *treep on VIA_OK: hcs_tree_destroy()
 * it. VIA_INVALID: it says something that is wrong. VIA_TOO_LARGE: one of the limits above.
 * VIA_NO_MEMORY; or what reading a file gave. @fault is set on each of them.
 */
VIA_MUST_USE enum via_status hcs_load(const char *path, const struct hcs_files *files,
                                      struct hcs_tree **treep, struct hcs_fault *fault);
struct hcs_tree *hcs_tree_destroy(struct hcs_tree *tree);
