/*
 * What providers of pods and the broker say to each other, by codes of their own on the broker's
 * object. docs/PROTOCOL.md, "Pods", has every octet.
 *
 * All of it begins with a word that no message begins with, so that a message a program sends with
 * one of these codes for a flavor is none. Requests are answered by answers (portfolio_message.h)
 * of that kind, without data but for PORTFOLIO_ITEM_NAME, whose answer's are a name with its NUL.
 * All pointers are borrowed, and those that are decoded point into the payload.
 */
#pragma once

#include "codecs/portfolio_classes.h"
#include "codecs/portfolio_message.h"

enum portfolio_pod_code {
    PORTFOLIO_POD_ATTACH = 0x100, /* answered by the pod's number, or an error */
    PORTFOLIO_POD_STATE = 0x101,
    PORTFOLIO_POD_DETACH = 0x102,
    PORTFOLIO_POD_OUTPUT = 0x103, /* from the broker to who attached the pod; no answer */
    PORTFOLIO_POD_DONE = 0x104,   /* what became of an output */
    PORTFOLIO_STEP = 0x105,       /* fields go by, where the broker counts none by itself */
    PORTFOLIO_SETTLE = 0x106,     /* answered when listeners have answered what they were told */
    PORTFOLIO_ITEM_NAME = 0x107,  /* answered by the name of a device, from anybody */
    PORTFOLIO_EVENT_NAMES = 0x108 /* from the broker to all; portfolio_event_names.h reads it */
};

#define PORTFOLIO_POD_NUMBER_MAX 255u
#define PORTFOLIO_POD_OUTPUT_MAX 4096u /* octets for a pod, at most */
#define PORTFOLIO_POD_RETURN_MAX 64u   /* octets that a pod returns, at most */
#define PORTFOLIO_POD_PAYLOAD_MAX (PORTFOLIO_POD_OUTPUT_MAX + 20u)

struct portfolio_pod_attach {
    uint32_t type;    /* PODID_..., or others from 0x100 on */
    uint32_t flags;   /* classes that it is of */
    const char *name; /* NULL: it has none */
};

/* Of one class, as it is now. */
struct portfolio_pod_state {
    uint32_t class;
    const uint8_t *data; /* as portfolio_class_of() has it, and as long */
};

struct portfolio_pod_states {
    uint32_t number; /* of the pod */
    size_t n;        /* 1 to PORTFOLIO_CLASSES, no two of one class */
    struct portfolio_pod_state states[PORTFOLIO_CLASSES];
};

enum portfolio_pod_output_kind {
    PORTFOLIO_POD_COMMAND = 0, /* class, command, arguments: of EB_IssuePodCmd */
    PORTFOLIO_POD_RAW = 1      /* of EB_WritePodData */
};

struct portfolio_pod_output {
    uint32_t number; /* of the pod */
    enum portfolio_pod_output_kind kind;
    uint32_t id; /* by which it is confirmed; 0: it need not be */
    const void *octets;
    size_t size;
};

struct portfolio_pod_done {
    uint32_t number;
    uint32_t id;
    int32_t result; /* 0, or an error as programs see it */
    const void *octets;
    size_t size;
};

/* Writers write at most PORTFOLIO_POD_PAYLOAD_MAX octets and return how many they are; 0: there is
 * too much, or what cannot be. */
size_t portfolio_pod_put_attach(const struct portfolio_pod_attach *attach, uint8_t *octets);
size_t portfolio_pod_put_states(const struct portfolio_pod_states *states, uint8_t *octets);
size_t portfolio_pod_put_output(const struct portfolio_pod_output *output, uint8_t *octets);
size_t portfolio_pod_put_done(const struct portfolio_pod_done *done, uint8_t *octets);
/* Of PORTFOLIO_POD_DETACH the pod's number, of PORTFOLIO_STEP how many fields, of PORTFOLIO_SETTLE
 * how many records of each listener may still be unanswered, of PORTFOLIO_ITEM_NAME an Item. */
size_t portfolio_pod_put_number(uint32_t number, uint8_t *octets);

/* Whether @octets are of a provider, and not a message. */
bool portfolio_pod_is(const uint8_t *octets, size_t size);

/* The name in the data of an answer to PORTFOLIO_ITEM_NAME; NULL: they are none. */
const char *portfolio_item_name_of(const struct portfolio_answer *answer);

/* Readers: VIA_BAD_PAYLOAD; @fault, which may be NULL, is set then. */
VIA_MUST_USE enum via_status portfolio_pod_get_attach(const uint8_t *octets, size_t size,
                                                      struct portfolio_pod_attach *attachp,
                                                      struct portfolio_fault *fault);
VIA_MUST_USE enum via_status portfolio_pod_get_states(const uint8_t *octets, size_t size,
                                                      struct portfolio_pod_states *statesp,
                                                      struct portfolio_fault *fault);
VIA_MUST_USE enum via_status portfolio_pod_get_output(const uint8_t *octets, size_t size,
                                                      struct portfolio_pod_output *outputp,
                                                      struct portfolio_fault *fault);
VIA_MUST_USE enum via_status portfolio_pod_get_done(const uint8_t *octets, size_t size,
                                                    struct portfolio_pod_done *donep,
                                                    struct portfolio_fault *fault);
VIA_MUST_USE enum via_status portfolio_pod_get_number(const uint8_t *octets, size_t size,
                                                      uint32_t *numberp,
                                                      struct portfolio_fault *fault);
