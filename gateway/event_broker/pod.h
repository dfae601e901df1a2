/*
 * One pod: what it says in this field and said in the one before, and what waits for the next ones.
 */
#pragma once

#include "gateway/event_broker/event_mask.h"
#include "gateway/event_broker/pod_class.h"

#define POD_NAME_SIZE 256u  /* with its NUL */
#define POD_WAITING_MAX 16u /* states that wait for fields of their own */

struct pod {
    uint8_t number;   /* as long as it is there */
    uint8_t position; /* in the chain, from 1 */
    uint8_t ordinals[PORTFOLIO_CLASSES];
    uint32_t type, flags, bits_in, bits_out;
    uint32_t lock; /* the port that has it locked; 0: none */
    uint64_t provider;
    uint32_t system; /* the provider's host; 0: the broker's */
    bool has_raw;    /* its provider takes octets that are no command */
    bool is_leaving; /* it goes when it has said what it had to say */
    char name[POD_NAME_SIZE];

    struct pod_state previous, current;
    struct pod_state reported;          /* positions of its last frames that it has moved */
    struct event_mask happened;         /* in this field */
    uint32_t stamps[PORTFOLIO_CLASSES]; /* the field in which what a class says changed last */
    struct pod_state waiting[POD_WAITING_MAX];
    unsigned n_waiting;
    struct event_mask lost; /* of those that have been given up, since listeners were told so */
};

bool pod_is_of(const struct pod *pod, unsigned generic);
/* The first class that it is of, or PORTFOLIO_CLASSES. */
unsigned pod_first_class(const struct pod *pod);

void pod_init_state(struct pod *pod, uint32_t field);
/* It says @words, as many as its class has, from the next field on; where a button that has changed
 * would change back, only from the one after that. */
void pod_say(struct pod *pod, unsigned generic, const uint32_t *words);
/* As one says that nobody has touched. */
void pod_say_rest(struct pod *pod);
/* A field begins: sets what happened in it. */
void pod_begin_field(struct pod *pod, uint32_t field);

/* The data of a frame that tells @happening, its class's structure; @octets has room for
 * POD_DATA_MAX. Returns how many they are. */
size_t pod_data(const struct pod *pod, unsigned generic, enum pod_happening happening,
                uint8_t *octets);
