/*
 * The device's keys and axes are kept as the kernel has them, and a pod's state is made of them
 * anew at each report, by the rules that are for it: two keys that are one button hold it together.
 * Only where a mouse has got to is a sum, and no event says it twice.
 */
#include "gateway/event_broker/evdev_pods.h"

#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "include/portfolio/event.h"

enum { HORIZONTAL, VERTICAL }; /* indices of two-dimensional places */

static const struct {
    uint32_t type, flags;
    size_t n_words;
} natures[POD_KINDS] = {
    [POD_KIND_PAD] = {PODID_3DO_BASIC_CONTROL_PAD, POD_IsControlPad | POD_IsAudioCtlr,
                      sizeof(ControlPadEventData) / 4},
    [POD_KIND_STICK] = {PODID_3DO_ANALOG_JOYSTICK, POD_IsStick, sizeof(StickEventData) / 4},
    [POD_KIND_MOUSE] = {PODID_3DO_MOUSE, POD_IsMouse, sizeof(MouseEventData) / 4},
    [POD_KIND_KEYBOARD] = {PODID_3DO_KEYBOARD, POD_IsKeyboard, sizeof(KeyboardEventData) / 4},
    [POD_KIND_TOUCH] = {PODID_3DO_TOUCHSCREEN, POD_IsGun, sizeof(GunEventData) / 4},
};

/* Words of the structures that have buttons: these first, then places. */
enum { WORD_BUTTONS, WORD_HORIZONTAL, WORD_VERTICAL, WORD_DEPTH };

/* ---- what is made of the device ---- */

static bool has_event(const struct evdev_traits *traits, const struct pod_rule *rule)
{
    switch (rule->type) {
    case EV_KEY:
        return evdev_bit(traits->keys, rule->code);
    case EV_REL:
        return evdev_bit(traits->rels, rule->code);
    default:
        return evdev_bit(traits->axes, rule->code);
    }
}

static bool does_the_same(const struct pod_rule *one, const struct pod_rule *other)
{
    return one->kind == other->kind && !other->is_spare &&
           ((one->axis != POD_AXIS_NONE && one->axis == other->axis) ||
            ((one->low | one->high) & (other->low | other->high)) != 0);
}

static bool is_wanted(const struct evdev_traits *traits, const struct pod_profile *profile,
                      const struct pod_rule *rule)
{
    if ((profile->kinds >> rule->kind & 1u) == 0 || !has_event(traits, rule) ||
        (rule->axis == POD_AXIS_NONE && (rule->low | rule->high) == 0))
        return false;
    for (size_t i = 0; rule->is_spare && i < profile->n_rules; i++)
        if (does_the_same(rule, &profile->rules[i]) && has_event(traits, &profile->rules[i]))
            return false;
    return true;
}

/* Leaves those rules that can ever apply. */
static void sift_rules(struct pod_profile *profile, const struct evdev_traits *traits)
{
    const struct pod_profile before = *profile;
    uint8_t wanted[EVDEV_BITS_SIZE(2 * POD_MAP_RULES_MAX)] = {0};
    for (size_t i = 0; i < before.n_rules; i++)
        evdev_set_bit(wanted, (unsigned)i, is_wanted(traits, &before, &before.rules[i]));
    profile->n_rules = 0;
    for (size_t i = 0; i < before.n_rules; i++)
        if (evdev_bit(wanted, (unsigned)i))
            profile->rules[profile->n_rules++] = profile->rules[i];
}

static bool has_directions(const struct pod_profile *profile)
{
    const uint32_t directions = StickUp | StickDown | StickRight | StickLeft;
    uint32_t bits = 0;
    for (size_t i = 0; i < profile->n_rules; i++)
        if (profile->rules[i].kind == POD_KIND_STICK)
            bits |= profile->rules[i].low | profile->rules[i].high;
    return (bits & directions) == directions;
}

static void add_pod(struct evdev_pods *pods, enum pod_kind kind)
{
    struct evdev_pod *pod = &pods->pods[pods->n++];
    pod->kind = (uint8_t)kind;
    pod->type = natures[kind].type;
    pod->flags =
        kind == POD_KIND_TOUCH && pods->profile.touch_is_mouse ? POD_IsMouse : natures[kind].flags;
    pod->n_words = natures[kind].n_words;
    pod->is_changed = true;
    if (kind == POD_KIND_STICK) {
        pod->words[WORD_BUTTONS] = has_directions(&pods->profile) ? Stick4Way : 0;
        pod->words[WORD_HORIZONTAL] = EVDEV_STICK_REST;
        pod->words[WORD_VERTICAL] = EVDEV_STICK_REST;
        pod->words[WORD_DEPTH] = EVDEV_STICK_REST;
    }
}

enum via_status evdev_pods_init(struct evdev_pods *pods, const struct evdev_traits *traits,
                                const struct pod_map *map)
{
    memset(pods, 0, sizeof *pods);
    enum via_status status =
        pod_map_profile(map, traits->name, traits->vendor, traits->product, &pods->profile);
    if (status != VIA_OK)
        return status;
    if (!pods->profile.has_kinds)
        pods->profile.kinds = (uint8_t)evdev_kinds(traits);
    sift_rules(&pods->profile, traits);
    memcpy(pods->axis, traits->axis, sizeof pods->axis);
    for (unsigned axis = 0; axis < ABS_CNT; axis++)
        pods->value[axis] = traits->axis[axis].value;
    if (evdev_bit(traits->keys, BTN_TOOL_FINGER) && !evdev_bit(traits->props, INPUT_PROP_DIRECT))
        pods->contact = BTN_TOOL_FINGER;
    else if (evdev_bit(traits->keys, BTN_TOUCH))
        pods->contact = BTN_TOUCH;
    for (unsigned kind = 0; kind < POD_KINDS; kind++)
        if (pods->profile.kinds >> kind & 1u)
            add_pod(pods, (enum pod_kind)kind);
    return VIA_OK;
}

void evdev_pods_deinit(struct evdev_pods *pods)
{
    pod_profile_deinit(&pods->profile);
    pods->n = 0;
}

/* ---- what it says ---- */

/* From 0 to @most; hostile ends and values come to something in between. */
static int32_t scale(const struct input_absinfo *axis, int32_t value, int32_t most)
{
    const int64_t range = (int64_t)axis->maximum - axis->minimum;
    int64_t above = (int64_t)value - axis->minimum;
    if (range <= 0)
        return (most + 1) / 2;
    if (above < 0)
        above = 0;
    if (above > range)
        above = range;
    return (int32_t)((2 * above * most + range) / (2 * range));
}

static int32_t stick_position(const struct input_absinfo *axis, int32_t value, bool is_reversed)
{
    const int64_t from_middle = 2 * (int64_t)value - axis->minimum - axis->maximum;
    if (from_middle <= 2 * (int64_t)axis->flat && -from_middle <= 2 * (int64_t)axis->flat)
        return EVDEV_STICK_REST;
    const int32_t position = scale(axis, value, EVDEV_STICK_MAX);
    return is_reversed ? EVDEV_STICK_MAX - position : position;
}

/* Over a quarter of the way from an end it is at that end. */
static uint32_t end_bits(const struct pod_rule *rule, const struct input_absinfo *axis,
                         int32_t value)
{
    const int64_t range = (int64_t)axis->maximum - axis->minimum;
    const int64_t above = (int64_t)value - axis->minimum;
    if (range <= 0)
        return 0;
    if (4 * above < range)
        return rule->low;
    return 4 * above > 3 * range ? rule->high : 0;
}

static void add(uint32_t *word, int32_t difference)
{
    *word += (uint32_t)difference; /* goes around, as it does there */
}

static uint32_t *place_word(struct evdev_pod *pod, const struct pod_rule *rule)
{
    return &pod->words[WORD_BUTTONS + rule->axis];
}

static bool is_pointer(const struct evdev_pods *pods, enum pod_kind kind)
{
    return kind == POD_KIND_MOUSE || (kind == POD_KIND_TOUCH && pods->profile.touch_is_mouse);
}

/* A mouse's absolute axis moves it by as much as it moved, while the finger is there. */
static void follow(struct evdev_pods *pods, struct evdev_pod *pod, const struct pod_rule *rule)
{
    const int i = rule->axis == POD_AXIS_HORIZONTAL ? HORIZONTAL : VERTICAL;
    const int32_t extent = i == HORIZONTAL ? pods->profile.width : pods->profile.height;
    const int32_t place = scale(&pods->axis[rule->code], pods->value[rule->code], extent - 1);
    const int32_t moved = pods->has_place[i] ? place - pods->place[i] : 0;
    add(place_word(pod, rule), rule->is_reversed ? -moved : moved);
    pods->place[i] = place;
    pods->has_place[i] = pods->contact == 0 || pods->is_touched;
}

static void apply_axis(struct evdev_pods *pods, struct evdev_pod *pod, const struct pod_rule *rule)
{
    const struct input_absinfo *axis = &pods->axis[rule->code];
    const int32_t value = pods->value[rule->code];
    if (is_pointer(pods, (enum pod_kind)pod->kind)) {
        follow(pods, pod, rule);
    } else if (pod->kind == POD_KIND_STICK) {
        *place_word(pod, rule) = (uint32_t)stick_position(axis, value, rule->is_reversed);
    } else {
        const int32_t most =
            (rule->axis == POD_AXIS_HORIZONTAL ? pods->profile.width : pods->profile.height) - 1;
        const int32_t place = scale(axis, value, most);
        *place_word(pod, rule) = (uint32_t)(rule->is_reversed ? most - place : place);
    }
}

static void apply(struct evdev_pods *pods, struct evdev_pod *pod, const struct pod_rule *rule)
{
    if (rule->type == EV_ABS && rule->axis != POD_AXIS_NONE)
        apply_axis(pods, pod, rule);
    else if (rule->type == EV_ABS)
        pod->words[WORD_BUTTONS] |=
            end_bits(rule, &pods->axis[rule->code], pods->value[rule->code]);
    else if (rule->type != EV_KEY || !evdev_bit(pods->held, rule->code))
        return;
    else if (pod->kind == POD_KIND_KEYBOARD)
        pod->words[rule->high / 32] |= 1u << rule->high % 32;
    else
        pod->words[WORD_BUTTONS] |= rule->high;
}

/* Moves between reports have been added at once, so they are in @before, and not anew. */
static void make_state(struct evdev_pods *pods, struct evdev_pod *pod)
{
    uint32_t before[EVDEV_STATE_SIZE_MAX / 4];
    memcpy(before, pod->words, sizeof before);
    if (pod->kind == POD_KIND_KEYBOARD)
        memset(pod->words, 0, sizeof pod->words);
    else
        pod->words[WORD_BUTTONS] &= pod->kind == POD_KIND_STICK ? StickCapability : 0;
    for (size_t i = 0; i < pods->profile.n_rules; i++)
        if (pods->profile.rules[i].kind == pod->kind)
            apply(pods, pod, &pods->profile.rules[i]);
    if (memcmp(before, pod->words, sizeof before) != 0)
        pod->is_changed = true;
}

static void move(struct evdev_pods *pods, uint16_t code, int32_t value)
{
    for (size_t i = 0; i < pods->profile.n_rules; i++) {
        const struct pod_rule *rule = &pods->profile.rules[i];
        if (rule->type != EV_REL || rule->code != code || value == 0)
            continue;
        for (size_t j = 0; j < pods->n; j++)
            if (pods->pods[j].kind == rule->kind) {
                const uint32_t steps = (uint32_t)value;
                *place_word(&pods->pods[j], rule) += rule->is_reversed ? 0u - steps : steps;
                pods->pods[j].is_changed = true;
            }
    }
}

/* Of several fingers the one in the first slot counts; the kernel's ABS_X and ABS_Y are one's own.
 */
static bool is_of_another_finger(struct evdev_pods *pods, uint16_t code, int32_t value)
{
    if (code == ABS_MT_SLOT)
        pods->slot = value;
    return code >= ABS_MT_SLOT && pods->slot != 0;
}

bool evdev_pods_feed(struct evdev_pods *pods, uint16_t type, uint16_t code, int32_t value)
{
    if (type == EV_SYN && code == SYN_REPORT) {
        pods->is_touched = pods->contact != 0 && evdev_bit(pods->held, pods->contact);
        if (!pods->is_touched && pods->contact != 0)
            pods->has_place[HORIZONTAL] = pods->has_place[VERTICAL] = false;
        for (size_t i = 0; i < pods->n; i++)
            make_state(pods, &pods->pods[i]);
        return true;
    }
    if (type == EV_KEY && code < KEY_CNT)
        evdev_set_bit(pods->held, code, value != 0); /* 2: it repeats */
    else if (type == EV_REL && code < REL_CNT)
        move(pods, code, value);
    else if (type == EV_ABS && code < ABS_CNT && !is_of_another_finger(pods, code, value))
        pods->value[code] = value;
    return false;
}

size_t evdev_pod_octets(const struct evdev_pod *pod, uint8_t octets[EVDEV_STATE_SIZE_MAX])
{
    for (size_t i = 0; i < pod->n_words; i++)
        octets_put_u32(octets + 4 * i, pod->words[i]);
    return 4 * pod->n_words;
}
