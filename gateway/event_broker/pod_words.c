/*
 * The names are those of the event broker's own constants, without what these begin with.
 */
#include "gateway/event_broker/pod_words.h"

#include <stdio.h>
#include <string.h>

#include "include/portfolio/event.h"

#define BUTTON_EXTENDED 0x80u /* stands for the prefix e0 */
#define KEY_F7_CODE 0x83u     /* the only one above 0x7f without it */

struct button {
    const char *name;
    uint32_t bits;
};

static const struct button pad[] = {
    {"A", ControlA},
    {"B", ControlB},
    {"C", ControlC},
    {"X", ControlX},
    {"Start", ControlStart},
    {"LeftShift", ControlLeftShift},
    {"RightShift", ControlRightShift},
    {"Up", ControlUp},
    {"Down", ControlDown},
    {"Left", ControlLeft},
    {"Right", ControlRight},
};
static const struct button stick[] = {
    {"Fire", StickFire},
    {"A", StickA},
    {"B", StickB},
    {"C", StickC},
    {"Up", StickUp},
    {"Down", StickDown},
    {"Left", StickLeft},
    {"Right", StickRight},
    {"Play", StickPlay},
    {"Stop", StickStop},
    {"LeftShift", StickLeftShift},
    {"RightShift", StickRightShift},
};
static const struct button mouse[] = {
    {"Left", MouseLeft},
    {"Middle", MouseMiddle},
    {"Right", MouseRight},
    {"Shift", MouseShift},
};
/* A gun has a button and no name for it; a light gun's is the same bit, and a mouse's first one. */
static const struct button touch[] = {
    {"Trigger", LightGunTrigger},
};

static const struct {
    const char *name;
    const struct button *buttons;
    size_t n_buttons;
    enum pod_axis last_axis;
} kinds[POD_KINDS] = {
    [POD_KIND_PAD] = {"pad", pad, sizeof pad / sizeof *pad, POD_AXIS_NONE},
    [POD_KIND_STICK] = {"stick", stick, sizeof stick / sizeof *stick, POD_AXIS_DEPTH},
    [POD_KIND_MOUSE] = {"mouse", mouse, sizeof mouse / sizeof *mouse, POD_AXIS_VERTICAL},
    [POD_KIND_KEYBOARD] = {"keyboard", NULL, 0, POD_AXIS_NONE},
    [POD_KIND_TOUCH] = {"touch", touch, sizeof touch / sizeof *touch, POD_AXIS_VERTICAL},
};

static const char *const axes[] = {
    [POD_AXIS_NONE] = "none",
    [POD_AXIS_HORIZONTAL] = "horizontal",
    [POD_AXIS_VERTICAL] = "vertical",
    [POD_AXIS_DEPTH] = "depth",
};

bool pod_word_is(const struct pod_word *word, const char *name)
{
    return strlen(name) == word->size && memcmp(name, word->text, word->size) == 0;
}

const char *pod_kind_name(enum pod_kind kind)
{
    return kinds[kind].name;
}

bool pod_kind_find(const struct pod_word *word, enum pod_kind *kindp)
{
    for (unsigned kind = 0; kind < POD_KINDS; kind++)
        if (pod_word_is(word, kinds[kind].name)) {
            *kindp = (enum pod_kind)kind;
            return true;
        }
    return false;
}

const char *pod_button_name(enum pod_kind kind, uint32_t bits)
{
    for (size_t i = 0; i < kinds[kind].n_buttons; i++)
        if (kinds[kind].buttons[i].bits == bits)
            return kinds[kind].buttons[i].name;
    return NULL;
}

bool pod_button_find(enum pod_kind kind, const struct pod_word *word, uint32_t *bitsp)
{
    for (size_t i = 0; i < kinds[kind].n_buttons; i++)
        if (pod_word_is(word, kinds[kind].buttons[i].name)) {
            *bitsp = kinds[kind].buttons[i].bits;
            return true;
        }
    return false;
}

void pod_button_list(enum pod_kind kind, char *out, size_t size)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < kinds[kind].n_buttons && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s ", kinds[kind].buttons[i].name);
    if (n < size)
        (void)snprintf(out + n, size - n, "none");
}

const char *pod_axis_name(enum pod_axis axis)
{
    return axes[axis];
}

bool pod_axis_find(enum pod_kind kind, const struct pod_word *word, enum pod_axis *axisp)
{
    for (unsigned axis = POD_AXIS_HORIZONTAL; axis <= (unsigned)kinds[kind].last_axis; axis++)
        if (pod_word_is(word, axes[axis])) {
            *axisp = (enum pod_axis)axis;
            return true;
        }
    return false;
}

void pod_key_write(uint32_t code, char *out, size_t size)
{
    if (code < BUTTON_EXTENDED || code == KEY_F7_CODE)
        (void)snprintf(out, size, "%02x", code);
    else
        (void)snprintf(out, size, "e0%02x", code & ~BUTTON_EXTENDED);
}

static bool read_octet(const char *text, uint32_t *octetp)
{
    static const char digits[] = "0123456789abcdef";
    *octetp = 0;
    for (int i = 0; i < 2; i++) {
        const char *digit = text[i] == '\0' ? NULL : strchr(digits, text[i] | 0x20);
        if (digit == NULL)
            return false;
        *octetp = *octetp << 4 | (uint32_t)(digit - digits);
    }
    return true;
}

bool pod_key_find(const struct pod_word *word, uint32_t *codep)
{
    uint32_t prefix = 0, code;
    const char *text = word->text + (word->size == 4 ? 2 : 0);
    if ((word->size != 2 && word->size != 4) || !read_octet(text, &code) ||
        (word->size == 4 && (!read_octet(word->text, &prefix) || prefix != 0xe0)))
        return false;
    if (code == 0 || (code >= BUTTON_EXTENDED && (prefix != 0 || code != KEY_F7_CODE)))
        return false;
    *codep = prefix == 0 ? code : code | BUTTON_EXTENDED;
    return true;
}
