/*
 * Buttons and their names are those of the classes that the pods are of.
 */
#include "gateway/event_broker/pod_words.h"

#include <stdio.h>
#include <string.h>

#include "codecs/portfolio_classes.h"
#include "include/portfolio/event.h"

#define BUTTON_EXTENDED 0x80u /* stands for the prefix e0 */
#define KEY_F7_CODE 0x83u     /* the only one above 0x7f without it */

/* A gun has a button and no name for it; a light gun's is the same bit, and a mouse's first one. */
static const struct {
    const char *name;
    uint32_t buttons_of; /* a class */
    enum pod_axis last_axis;
} kinds[POD_KINDS] = {
    [POD_KIND_PAD] = {"pad", GENERIC_ControlPad, POD_AXIS_NONE},
    [POD_KIND_STICK] = {"stick", GENERIC_Stick, POD_AXIS_DEPTH},
    [POD_KIND_MOUSE] = {"mouse", GENERIC_Mouse, POD_AXIS_VERTICAL},
    [POD_KIND_KEYBOARD] = {"keyboard", GENERIC_Keyboard, POD_AXIS_NONE},
    [POD_KIND_TOUCH] = {"touch", GENERIC_LightGun, POD_AXIS_VERTICAL},
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

static const struct portfolio_class *class_of(enum pod_kind kind)
{
    return portfolio_class_of(kinds[kind].buttons_of);
}

const char *pod_button_name(enum pod_kind kind, uint32_t bits)
{
    const struct portfolio_class *class = class_of(kind);
    for (size_t i = 0; i < class->n_buttons; i++)
        if (class->buttons[i].bit == bits)
            return class->buttons[i].name;
    return NULL;
}

bool pod_button_find(enum pod_kind kind, const struct pod_word *word, uint32_t *bitsp)
{
    const struct portfolio_class *class = class_of(kind);
    for (size_t i = 0; i < class->n_buttons; i++)
        if (pod_word_is(word, class->buttons[i].name)) {
            *bitsp = class->buttons[i].bit;
            return true;
        }
    return false;
}

void pod_button_list(enum pod_kind kind, char *out, size_t size)
{
    const struct portfolio_class *class = class_of(kind);
    size_t n = 0;
    for (size_t i = 0; i < class->n_buttons && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s ", class->buttons[i].name);
    if (n < size)
        (void)snprintf(out + n, size - n, "none");
}

const char *pod_axis_name(enum pod_axis axis)
{
    return axes[axis];
}

bool pod_axis_find(enum pod_kind kind, const struct pod_word *word, enum pod_axis *axisp)
{
    for (unsigned axis = POD_AXIS_HORIZONTAL;
         axis <= (unsigned)kinds[kind].last_axis && axis < sizeof axes / sizeof *axes; axis++)
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
