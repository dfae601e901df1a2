/*
 * As the interface generator writes it: the messages of the protocol.
 */
#pragma once

#include "legato.h"

#define GREETING_NAME_LEN 31
#define GREETING_TEXT_LEN 63

#define MAX_MSG_SIZE 128

typedef struct __attribute__((packed)) {
    uint32_t id;
    uint8_t buffer[MAX_MSG_SIZE];
} Message_t;

#define MSGID_greeting_Greet 0
#define MSGID_greeting_Shout 1
#define MSGID_greeting_AddHeardHandler 2
#define MSGID_greeting_RemoveHeardHandler 3
