/*
 * Words and octets, one behind the other; how many octets come last is what is left, except that
 * states of several classes follow each other, each as long as its class says.
 */
#include "codecs/portfolio_pod.h"

#include "codecs/octets.h"
#include "codecs/portfolio_name.h"

#define WORD 4u
#define AT_KIND 0u
#define AT_NUMBER 4u
#define NUMBER_SIZE 8u

enum attach_at { AT_TYPE = 4, AT_FLAGS = 8, AT_NAME = 12 };
enum output_at { AT_OUTPUT_KIND = 8, AT_OUTPUT_ID = 12, AT_OUTPUT_OCTETS = 16 };
enum done_at { AT_DONE_ID = 8, AT_DONE_RESULT = 12, AT_DONE_OCTETS = 16 };
enum states_at { AT_STATES = 8 };

static enum via_status refuse(struct portfolio_fault *fault, size_t at, const char *words)
{
    if (fault != NULL)
        *fault = (struct portfolio_fault){.words = words, .at = at};
    return VIA_BAD_PAYLOAD;
}

bool portfolio_pod_is(const uint8_t *octets, size_t size)
{
    return size >= WORD && octets_get_u32(octets + AT_KIND) == PORTFOLIO_PROVIDER;
}

/* What all begin with, in at least @least octets. */
static enum via_status check(const uint8_t *octets, size_t size, size_t least,
                             struct portfolio_fault *fault)
{
    if (size < least)
        return refuse(fault, size, "the payload ends too early");
    if (!portfolio_pod_is(octets, size))
        return refuse(fault, AT_KIND, "not of a provider of pods");
    return VIA_OK;
}

static enum via_status check_pod(const uint8_t *octets, size_t size, size_t least,
                                 struct portfolio_fault *fault)
{
    enum via_status status = check(octets, size, least, fault);
    if (status != VIA_OK)
        return status;
    uint32_t number = octets_get_u32(octets + AT_NUMBER);
    if (number == 0 || number > PORTFOLIO_POD_NUMBER_MAX)
        return refuse(fault, AT_NUMBER, "a number that no pod has");
    return VIA_OK;
}

static uint8_t *put_head(uint8_t *octets, uint32_t number)
{
    octets_put_u32(octets + AT_KIND, PORTFOLIO_PROVIDER);
    octets_put_u32(octets + AT_NUMBER, number);
    return octets + NUMBER_SIZE;
}

/* ---- numbers ---- */

size_t portfolio_pod_put_number(uint32_t number, uint8_t *octets)
{
    return (size_t)(put_head(octets, number) - octets);
}

enum via_status portfolio_pod_get_number(const uint8_t *octets, size_t size, uint32_t *numberp,
                                         struct portfolio_fault *fault)
{
    enum via_status status = check(octets, size, NUMBER_SIZE, fault);
    if (status == VIA_OK && size > NUMBER_SIZE)
        status = refuse(fault, NUMBER_SIZE, "something is behind the number");
    if (status == VIA_OK)
        *numberp = octets_get_u32(octets + AT_NUMBER);
    return status;
}

const char *portfolio_item_name_of(const struct portfolio_answer *answer)
{
    const char *name = answer->data;
    return answer->size > 0 && portfolio_name_is_legal(name, answer->size) &&
                   strlen(name) + 1 == answer->size
               ? name
               : NULL;
}

/* ---- attaching ---- */

size_t portfolio_pod_put_attach(const struct portfolio_pod_attach *attach, uint8_t *octets)
{
    if (attach->name != NULL && !portfolio_name_is_legal(attach->name, SIZE_MAX))
        return 0;
    octets_put_u32(put_head(octets, attach->type), attach->flags);
    size_t name_size = attach->name != NULL ? strlen(attach->name) + 1 : 0;
    return (size_t)(octets_append(octets + AT_NAME, attach->name, name_size) - octets);
}

enum via_status portfolio_pod_get_attach(const uint8_t *octets, size_t size,
                                         struct portfolio_pod_attach *attachp,
                                         struct portfolio_fault *fault)
{
    enum via_status status = check(octets, size, AT_NAME, fault);
    if (status != VIA_OK)
        return status;
    const char *name = size > AT_NAME ? (const char *)octets + AT_NAME : NULL;
    if (name != NULL &&
        (!portfolio_name_is_legal(name, size - AT_NAME) || strlen(name) + 1 != size - AT_NAME))
        return refuse(fault, AT_NAME, "a name that no pod may have");
    *attachp = (struct portfolio_pod_attach){
        .type = octets_get_u32(octets + AT_TYPE),
        .flags = octets_get_u32(octets + AT_FLAGS),
        .name = name,
    };
    return VIA_OK;
}

/* ---- states ---- */

/* Octets of the state of class @number; 0: there is no such state. */
static size_t state_size(uint32_t number)
{
    const struct portfolio_class *class = portfolio_class_of(number);
    return class != NULL && class->data != NULL ? class->data->size : 0;
}

size_t portfolio_pod_put_states(const struct portfolio_pod_states *states, uint8_t *octets)
{
    uint8_t *at = put_head(octets, states->number);
    if (states->n == 0 || states->n > PORTFOLIO_CLASSES)
        return 0;
    for (size_t i = 0; i < states->n; i++) {
        size_t size = state_size(states->states[i].class);
        if (size == 0)
            return 0;
        octets_put_u32(at, states->states[i].class);
        at = octets_append(at + WORD, states->states[i].data, size);
    }
    return (size_t)(at - octets);
}

enum via_status portfolio_pod_get_states(const uint8_t *octets, size_t size,
                                         struct portfolio_pod_states *statesp,
                                         struct portfolio_fault *fault)
{
    enum via_status status = check_pod(octets, size, AT_STATES + WORD, fault);
    struct portfolio_pod_states states = {.n = 0};
    uint32_t seen = 0;
    if (status != VIA_OK)
        return status;
    states.number = octets_get_u32(octets + AT_NUMBER);
    for (size_t at = AT_STATES; at < size;) {
        size_t left = size - at;
        uint32_t class = left >= WORD ? octets_get_u32(octets + at) : PORTFOLIO_CLASSES;
        size_t octets_of_it = state_size(class);
        if (octets_of_it == 0)
            return refuse(fault, at, "a class that has no state");
        if (octets_of_it > left - WORD)
            return refuse(fault, at, "a state goes past the end");
        if ((seen & portfolio_class_flag(class)) != 0)
            return refuse(fault, at, "two states of one class");
        seen |= portfolio_class_flag(class);
        states.states[states.n++] =
            (struct portfolio_pod_state){.class = class, .data = octets + at + WORD};
        at += WORD + octets_of_it;
    }
    *statesp = states;
    return VIA_OK;
}

/* ---- outputs ---- */

size_t portfolio_pod_put_output(const struct portfolio_pod_output *output, uint8_t *octets)
{
    if (output->size > PORTFOLIO_POD_OUTPUT_MAX)
        return 0;
    uint8_t *at = put_head(octets, output->number);
    octets_put_u32(octets + AT_OUTPUT_KIND, (uint32_t)output->kind);
    octets_put_u32(octets + AT_OUTPUT_ID, output->id);
    at = octets_append(octets + AT_OUTPUT_OCTETS, output->octets, output->size);
    return (size_t)(at - octets);
}

enum via_status portfolio_pod_get_output(const uint8_t *octets, size_t size,
                                         struct portfolio_pod_output *outputp,
                                         struct portfolio_fault *fault)
{
    enum via_status status = check_pod(octets, size, AT_OUTPUT_OCTETS, fault);
    if (status != VIA_OK)
        return status;
    uint32_t kind = octets_get_u32(octets + AT_OUTPUT_KIND);
    if (kind > PORTFOLIO_POD_RAW)
        return refuse(fault, AT_OUTPUT_KIND, "no kind of outputs");
    if (size - AT_OUTPUT_OCTETS > PORTFOLIO_POD_OUTPUT_MAX)
        return refuse(fault, AT_OUTPUT_OCTETS, "more octets than are for a pod");
    *outputp = (struct portfolio_pod_output){
        .number = octets_get_u32(octets + AT_NUMBER),
        .kind = (enum portfolio_pod_output_kind)kind,
        .id = octets_get_u32(octets + AT_OUTPUT_ID),
        .octets = octets + AT_OUTPUT_OCTETS,
        .size = size - AT_OUTPUT_OCTETS,
    };
    return VIA_OK;
}

size_t portfolio_pod_put_done(const struct portfolio_pod_done *done, uint8_t *octets)
{
    if (done->size > PORTFOLIO_POD_RETURN_MAX)
        return 0;
    uint8_t *at = put_head(octets, done->number);
    octets_put_u32(octets + AT_DONE_ID, done->id);
    octets_put_u32(octets + AT_DONE_RESULT, (uint32_t)done->result);
    at = octets_append(octets + AT_DONE_OCTETS, done->octets, done->size);
    return (size_t)(at - octets);
}

enum via_status portfolio_pod_get_done(const uint8_t *octets, size_t size,
                                       struct portfolio_pod_done *donep,
                                       struct portfolio_fault *fault)
{
    enum via_status status = check_pod(octets, size, AT_DONE_OCTETS, fault);
    if (status != VIA_OK)
        return status;
    if (size - AT_DONE_OCTETS > PORTFOLIO_POD_RETURN_MAX)
        return refuse(fault, AT_DONE_OCTETS, "more octets than a pod returns");
    *donep = (struct portfolio_pod_done){
        .number = octets_get_u32(octets + AT_NUMBER),
        .id = octets_get_u32(octets + AT_DONE_ID),
        .result = (int32_t)octets_get_u32(octets + AT_DONE_RESULT),
        .octets = octets + AT_DONE_OCTETS,
        .size = size - AT_DONE_OCTETS,
    };
    return VIA_OK;
}
