/*
 * HiLog's formats, which two families' programs use. A format is walked conversion by conversion:
 * each is copied without its mark and handed to snprintf with its one argument, or only takes its
 * argument off the list when it is private. So a private argument never reaches the message, and
 * the others keep their places.
 */
#include "bridge/marked_format.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <wchar.h>

/* Flags, width, precision, length and letter of one conversion, with room to spare. */
#define CONVERSION_MAX 48u

struct message {
    char *text; /* MARKED_MESSAGE_MAX + 1 octets */
    size_t size;
};

enum length { NONE, CHAR, SHORT, LONG, LONG_LONG, INTMAX, SIZE, PTRDIFF, LONG_DOUBLE };

struct conversion {
    char text[CONVERSION_MAX]; /* without the mark, widths by argument written out */
    size_t size;
    enum length length;
    char letter;
    bool is_private;
};

/* A list in a structure may be passed on and keeps its place, on every ABI. */
struct arguments {
    va_list list;
};

static void add(struct message *message, const char *text, size_t size)
{
    size_t room = MARKED_MESSAGE_MAX - message->size;
    if (size > room)
        size = room;
    memcpy(message->text + message->size, text, size);
    message->size += size;
}

static bool keep(struct conversion *conversion, char letter)
{
    if (conversion->size + 2 > sizeof conversion->text)
        return false;
    conversion->text[conversion->size++] = letter;
    conversion->text[conversion->size] = '\0';
    return true;
}

static const char *skip_mark(const char *at, struct conversion *conversion, bool privacy)
{
    static const char public_mark[] = "{public}";
    static const char private_mark[] = "{private}";
    conversion->is_private = privacy;
    if (strncmp(at, public_mark, sizeof public_mark - 1) == 0) {
        conversion->is_private = false;
        return at + sizeof public_mark - 1;
    }
    if (strncmp(at, private_mark, sizeof private_mark - 1) == 0)
        return at + sizeof private_mark - 1;
    return at;
}

/* A width or precision; `*` takes it from the arguments. */
static const char *keep_number(const char *at, struct conversion *conversion,
                               struct arguments *arguments)
{
    if (*at == '*') {
        int number = va_arg(arguments->list, int);
        char digits[16];
        /* A negative precision counts as none; the dot before it has been written. */
        if (conversion->text[conversion->size - 1] == '.' && number < 0) {
            conversion->text[--conversion->size] = '\0';
            return at + 1;
        }
        (void)snprintf(digits, sizeof digits, "%d", number);
        for (const char *digit = digits; *digit != '\0'; digit++)
            if (!keep(conversion, *digit))
                return NULL;
        return at + 1;
    }
    for (; *at >= '0' && *at <= '9'; at++)
        if (!keep(conversion, *at))
            return NULL;
    return at;
}

static const char *keep_length(const char *at, struct conversion *conversion)
{
    static const struct {
        char text[3];
        enum length length;
    } lengths[] = {{"hh", CHAR}, {"h", SHORT},     {"ll", LONG_LONG},
                   {"l", LONG},  {"q", LONG_LONG}, {"j", INTMAX},
                   {"z", SIZE},  {"t", PTRDIFF},   {"L", LONG_DOUBLE}};
    conversion->length = NONE;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        size_t size = strlen(lengths[i].text);
        if (strncmp(at, lengths[i].text, size) != 0)
            continue;
        conversion->length = lengths[i].length;
        for (size_t k = 0; k < size; k++)
            if (!keep(conversion, at[k]))
                return NULL;
        return at + size;
    }
    return at;
}

/* @at is behind the per cent sign. Returns what comes after the conversion, or NULL if it is none
 * of printf's. */
static const char *parse(const char *at, struct conversion *conversion, bool privacy,
                         struct arguments *arguments)
{
    conversion->size = 0;
    (void)keep(conversion, '%');
    at = skip_mark(at, conversion, privacy);
    for (; *at != '\0' && strchr("-+ #0'I", *at) != NULL; at++)
        if (!keep(conversion, *at))
            return NULL;
    at = keep_number(at, conversion, arguments);
    if (at != NULL && *at == '.') {
        if (!keep(conversion, '.'))
            return NULL;
        at = keep_number(at + 1, conversion, arguments);
    }
    if (at != NULL)
        at = keep_length(at, conversion);
    if (at == NULL || *at == '\0' || strchr("diouxXcsSCpfFeEgGaAnm", *at) == NULL)
        return NULL;
    conversion->letter = *at;
    return keep(conversion, *at) ? at + 1 : NULL;
}

/* The format is built here, out of parts that were checked: the compiler cannot see that. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* as said above */

/* What follows takes exactly one argument off the list, whether it is shown or not. */
#define SHOW(TYPE)                                                                                 \
    do {                                                                                           \
        TYPE value = va_arg(arguments->list, TYPE);                                                \
        if (!conversion->is_private)                                                               \
            size = snprintf(place, room, conversion->text, value);                                 \
    } while (0)

static int show_integer(char *place, size_t room, const struct conversion *conversion,
                        struct arguments *arguments)
{
    int size = 0;
    switch (conversion->length) {
    case NONE:
    case CHAR:
    case SHORT:
    case LONG_DOUBLE:
        SHOW(int);
        break;
    case LONG:
        SHOW(long);
        break;
    case LONG_LONG:
        SHOW(long long);
        break;
    case INTMAX:
        SHOW(intmax_t);
        break;
    case SIZE:
        SHOW(size_t);
        break;
    case PTRDIFF:
        SHOW(ptrdiff_t);
        break;
    }
    return size;
}

static int show(char *place, size_t room, const struct conversion *conversion,
                struct arguments *arguments)
{
    int size = 0;
    switch (conversion->letter) {
    case 'c':
        if (conversion->length == LONG)
            SHOW(wint_t);
        else
            SHOW(int);
        break;
    case 'C':
        SHOW(wint_t);
        break;
    case 's':
    case 'S':
    case 'p':
        SHOW(void *);
        break;
    case 'n': /* writes through its argument: never done */
        (void)va_arg(arguments->list, void *);
        break;
    case 'm': /* has no argument */
        if (!conversion->is_private)
            size = snprintf(place, room, "%s", strerror(errno));
        break;
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        if (conversion->length == LONG_DOUBLE)
            SHOW(long double);
        else
            SHOW(double);
        break;
    default:
        size = show_integer(place, room, conversion, arguments);
        break;
    }
    return size;
}

#pragma GCC diagnostic pop

static void add_conversion(struct message *message, const struct conversion *conversion,
                           struct arguments *arguments)
{
    static const char hidden[] = "<private>";
    size_t room = MARKED_MESSAGE_MAX - message->size;
    int size = show(message->text + message->size, room + 1, conversion, arguments);
    if (conversion->is_private && conversion->letter != 'n')
        add(message, hidden, sizeof hidden - 1);
    else if (size > 0)
        message->size += (size_t)size < room ? (size_t)size : room;
}

size_t marked_format(char *text, bool privacy, const char *format, va_list list)
{
    struct message message = {.text = text, .size = 0};
    struct arguments arguments;
    va_copy(arguments.list, list);
    const char *at = format;
    while (*at != '\0') {
        size_t plain = strcspn(at, "%");
        add(&message, at, plain);
        at += plain;
        if (*at == '\0')
            break;
        if (at[1] == '%') {
            add(&message, "%", 1);
            at += 2;
            continue;
        }
        struct conversion conversion;
        const char *next = parse(at + 1, &conversion, privacy, &arguments);
        if (next == NULL) {
            add(&message, at, strlen(at));
            break;
        }
        add_conversion(&message, &conversion, &arguments);
        at = next;
    }
    va_end(arguments.list);
    message.text[message.size] = '\0';
    return message.size;
}
