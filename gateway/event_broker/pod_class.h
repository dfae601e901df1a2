/*
 * The generic classes of pods, as the broker samples them: what of their data are buttons and
 * places, which events say that they have changed, and which commands they take. Their names and
 * data, and the types of pods, are in codecs/portfolio_classes.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/portfolio_pod.h"

#define POD_WORD 4u /* octets of a word */
#define POD_CLASS_WORDS_MAX 11u
#define POD_DATA_MAX (POD_WORD * POD_CLASS_WORDS_MAX)
#define POD_STATE_WORDS 33u /* of all classes together */

/* Events are 0 where the class has none. They are in the order in which they stand in a record,
 * which is that of their numbers. */
enum pod_happening {
    POD_PRESSED,
    POD_RELEASED,
    POD_UPDATE,
    POD_MOVED,
    POD_TRACKING,
    POD_ARRIVED,
    POD_HAPPENINGS
};

struct pod_class {
    uint8_t at;             /* its first word in struct pod_state */
    uint8_t n_button_words; /* they come first */
    uint8_t n_positions;    /* words that follow them and say where it is */
    uint8_t noise;          /* a position that differs by so much has not changed */
    uint32_t buttons;       /* which bits of the first words are buttons */
    uint32_t always;        /* bits of the first word that every frame has */
    uint32_t tracked;       /* while one of these is held it tells POD_TRACKING */
    uint8_t events[POD_HAPPENINGS];
    bool has_table; /* it is in tables of pods */
};

struct pod_command {
    uint8_t generic, subcommand;
    uint8_t n_least; /* arguments */
    uint8_t n_given; /* to the pod: with fewer, zeros come before them */
};

/* What all pods of all classes say; a class's words are its structure. */
struct pod_state {
    uint32_t words[POD_STATE_WORDS];
};

/* @generic is below PORTFOLIO_CLASSES. */
const struct pod_class *pod_class_of(unsigned generic);
/* Words of its data; 0: it has none. */
unsigned pod_class_words(unsigned generic);
/* NULL: there is none */
const struct pod_command *pod_command_of(uint8_t generic, uint8_t subcommand);

/* What one says that nobody has touched. */
void pod_state_rest(struct pod_state *state);
