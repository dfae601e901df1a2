/*
 * What the store and its clients agree on. Every member has a size of its own, so that the
 * structure is the same on all machines of one byte order.
 */
#pragma once

#include "legato.h"

#define KVSTORE_PROTOCOL_ID "kvStore-1"
#define KVSTORE_INTERFACE "kvStore"

#define KVSTORE_KEY_SIZE 64           /* with the NUL */
#define KVSTORE_VALUE_SIZE 256        /* with the NUL; what is larger goes through a descriptor */
#define KVSTORE_LARGE_MAX (16u << 20) /* of a value that came through one */
#define KVSTORE_ENTRIES_MAX 1024u

typedef enum {
    KVSTORE_SET = 1,    /* key and value */
    KVSTORE_GET = 2,    /* a key; the response has its value: LE_OVERFLOW if that is too large */
    KVSTORE_REMOVE = 3, /* a key */
    KVSTORE_STORE = 4,  /* a key, a size, and a descriptor with that many octets */
    KVSTORE_FETCH = 5,  /* a key; the response has the size and a descriptor */
    KVSTORE_CHANGED = 6 /* from the server: a key has a value */
} kvstore_Operation_t;

typedef struct {
    uint32_t operation;
    int32_t result; /* of a response, a le_result_t; of CHANGED LE_NOT_FOUND: the key is gone */
    uint64_t size;  /* octets of the value */
    char key[KVSTORE_KEY_SIZE];
    char value[KVSTORE_VALUE_SIZE]; /* empty when it is too large */
} kvstore_Message_t;
