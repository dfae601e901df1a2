/*
 * A file is words, "->", ":", "{" and "}", with white space and comments between them. A word is
 * all up to one of those; it is taken apart into host, user and interface afterwards, so that every
 * complaint can name the place within it.
 */
#include "codecs/binding_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codecs/utf8.h"

void binding_text_start(struct binding_text *reader, const char *text, size_t size,
                        struct binding_fault *fault)
{
    *reader =
        (struct binding_text){.text = text, .size = size, .line = 1, .column = 1, .fault = fault};
    *fault = (struct binding_fault){.line = 1, .column = 1};
}

/* Complains about the place @ahead octets from here, in the same line; returns VIA_INVALID. */
__attribute__((format(printf, 3, 4))) static enum via_status
complain(const struct binding_text *reader, size_t ahead, const char *format, ...)
{
    struct binding_fault *fault = reader->fault;
    fault->line = reader->line;
    fault->column = reader->column + (unsigned)ahead;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    return VIA_INVALID;
}

/* ---- octets ---- */

static size_t left(const struct binding_text *reader)
{
    return reader->size - reader->at;
}

static bool begins_with(const struct binding_text *reader, const char *what)
{
    size_t size = strlen(what);
    return size <= left(reader) && memcmp(reader->text + reader->at, what, size) == 0;
}

static void skip(struct binding_text *reader, size_t n)
{
    for (; n > 0; n--) {
        reader->column++;
        if (reader->text[reader->at++] != '\n')
            continue;
        reader->line++;
        reader->column = 1;
    }
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Past white space and comments. */
static enum via_status skip_blanks(struct binding_text *reader)
{
    for (;;) {
        if (left(reader) > 0 && is_space(reader->text[reader->at])) {
            skip(reader, 1);
        } else if (begins_with(reader, "//")) {
            while (left(reader) > 0 && reader->text[reader->at] != '\n')
                skip(reader, 1);
        } else if (begins_with(reader, "/*")) {
            const struct binding_text start = *reader;
            skip(reader, 2);
            while (left(reader) > 0 && !begins_with(reader, "*/"))
                skip(reader, 1);
            if (left(reader) == 0)
                return complain(&start, 0, "this comment does not end");
            skip(reader, 2);
        } else {
            return VIA_OK;
        }
    }
}

/* How many octets from here on are a word. */
static size_t word_size(const struct binding_text *reader)
{
    struct binding_text at = *reader;
    for (; left(&at) > 0; at.at++) {
        char c = at.text[at.at];
        if (is_space(c) || c == '{' || c == '}' || c == ':' || begins_with(&at, "->") ||
            begins_with(&at, "//") || begins_with(&at, "/*"))
            break;
    }
    return at.at - reader->at;
}

/* ---- an end ---- */

static bool is_plain(char c)
{
    return (unsigned char)c > 0x20 && c != 0x7f && strchr("<>{}/\\\"'*:", c) == NULL;
}

static size_t n_plain(const char *text, size_t size)
{
    size_t n = 0;
    while (n < size && is_plain(text[n]))
        n++;
    return n;
}

/* The user: of the @size octets at @at of the word, *usedp belong to it. */
static enum via_status take_user(const struct binding_text *reader, size_t at, size_t size,
                                 struct binding_end *end, size_t *usedp)
{
    const char *text = reader->text + reader->at + at;
    bool bracketed = size > 0 && *text == '<';
    size_t n = 0;
    if (bracketed) {
        n = n_plain(text + 1, size - 1);
        if (n + 1 == size || text[n + 1] != '>')
            return complain(reader, at, "the user's name is to be in angle brackets, as <root>");
        text++;
    } else {
        while (n < size && is_plain(text[n]) && text[n] != '.')
            n++;
    }
    if (n == 0 && !bracketed && size > 0 && *text == '*')
        return complain(reader, at, "\"*\": a binding is of one client; say which");
    if (n == 0)
        return complain(reader, at, "a user, <NAME>, or an application, NAME, is missing");
    size_t most = bracketed ? BINDING_USER_MAX : BINDING_APP_MAX;
    if (n > most)
        return complain(reader, at, "the name of %s has %zu octets; %zu are allowed",
                        bracketed ? "a user" : "an application", n, most);
    (void)snprintf(end->user, sizeof end->user, "%s%.*s", bracketed ? "" : BINDING_APP, (int)n,
                   text);
    *usedp = bracketed ? n + 2 : n;
    return VIA_OK;
}

static enum via_status take_host(const struct binding_text *reader, size_t size, bool is_server,
                                 struct binding_end *end, size_t *usedp)
{
    const char *text = reader->text + reader->at;
    const char *slash = memchr(text, '/', size);
    *usedp = 0;
    if (slash == NULL)
        return VIA_OK;
    size_t n = (size_t)(slash - text);
    if (!is_server)
        return complain(reader, 0, "a client is on this host; only the right side may name one");
    if (n == 0 || n > BINDING_HOST_MAX || n_plain(text, n) != n)
        return complain(reader, 0, "this is no host; write HOST/<USER>.INTERFACE");
    memcpy(end->host, text, n);
    end->host[n] = '\0';
    *usedp = n + 1;
    return VIA_OK;
}

/* The word of @size octets that stands here. */
static enum via_status take_end(struct binding_text *reader, size_t size, bool is_server,
                                struct binding_end *end)
{
    size_t at = 0, used = 0;
    *end = (struct binding_end){.line = reader->line, .column = reader->column};
    if (!utf8_check(reader->text + reader->at, size))
        return complain(reader, 0, "this is not UTF-8");
    enum via_status status = take_host(reader, size, is_server, end, &at);
    if (status == VIA_OK)
        status = take_user(reader, at, size - at, end, &used);
    if (status != VIA_OK)
        return status;
    at += used;
    const char *text = reader->text + reader->at + at;
    if (at == size || *text != '.')
        return complain(reader, at, "\".INTERFACE\" is missing here");
    size_t n = size - at - 1;
    text++;
    if (n == 0)
        return complain(reader, at, "the interface is missing behind the \".\"");
    if (n > BINDING_INTERFACE_MAX)
        return complain(reader, at + 1, "the interface has %zu octets; %u are allowed", n,
                        BINDING_INTERFACE_MAX);
    if (n_plain(text, n) != n)
        return complain(reader, at + 1 + n_plain(text, n), "this cannot stand in an interface");
    memcpy(end->interface, text, n);
    end->interface[n] = '\0';
    skip(reader, size);
    return VIA_OK;
}

/* ---- the file ---- */

/* Into a section; VIA_END: there is none left. */
static enum via_status enter(struct binding_text *reader)
{
    static const char name[] = "bindings";
    enum via_status status = skip_blanks(reader);
    if (status != VIA_OK)
        return status;
    if (left(reader) == 0)
        return VIA_END;
    size_t size = word_size(reader);
    if (size != sizeof name - 1 || memcmp(reader->text + reader->at, name, size) != 0)
        return complain(reader, 0, "\"bindings:\" is to stand here, then bindings in { }");
    skip(reader, size);
    status = skip_blanks(reader);
    if (status == VIA_OK && !begins_with(reader, ":"))
        return complain(reader, 0, "\":\" is missing behind \"bindings\"");
    if (status != VIA_OK)
        return status;
    skip(reader, 1);
    status = skip_blanks(reader);
    if (status == VIA_OK && !begins_with(reader, "{"))
        return complain(reader, 0, "\"{\" is missing behind \"bindings:\"");
    if (status == VIA_OK)
        skip(reader, 1);
    reader->inside = true;
    return status;
}

static enum via_status next_end(struct binding_text *reader, bool is_server,
                                struct binding_end *end)
{
    size_t size = word_size(reader);
    if (size == 0)
        return complain(reader, 0,
                        is_server ? "the service is missing behind \"->\""
                                  : "a binding is CLIENT.INTERFACE -> SERVER.INTERFACE");
    return take_end(reader, size, is_server, end);
}

static enum via_status next_binding(struct binding_text *reader, struct binding_end *client,
                                    struct binding_end *server)
{
    enum via_status status = next_end(reader, false, client);
    if (status == VIA_OK)
        status = skip_blanks(reader);
    if (status == VIA_OK && !begins_with(reader, "->"))
        return complain(reader, 0, "\"->\" is missing behind the client's interface");
    if (status != VIA_OK)
        return status;
    skip(reader, 2);
    status = skip_blanks(reader);
    return status == VIA_OK ? next_end(reader, true, server) : status;
}

enum via_status binding_text_next(struct binding_text *reader, struct binding_end *client,
                                  struct binding_end *server)
{
    for (;;) {
        if (!reader->inside) {
            enum via_status status = enter(reader);
            if (status != VIA_OK)
                return status;
        }
        enum via_status status = skip_blanks(reader);
        if (status != VIA_OK)
            return status;
        if (left(reader) == 0)
            return complain(reader, 0, "the \"}\" behind the last binding is missing");
        if (!begins_with(reader, "}"))
            return next_binding(reader, client, server);
        skip(reader, 1);
        reader->inside = false;
    }
}

enum via_status binding_text_end(const char *text, bool is_server, struct binding_end *endp,
                                 struct binding_fault *fault)
{
    struct binding_text reader;
    binding_text_start(&reader, text, strlen(text), fault);
    return take_end(&reader, reader.size, is_server, endp);
}

const char *binding_text_app(const char *user)
{
    size_t size = strlen(BINDING_APP);
    bool is_app =
        strncmp(user, BINDING_APP, size) == 0 && user[size] != '\0' && strchr(user, '.') == NULL;
    return is_app ? user + size : NULL;
}

void binding_text_write(const char *user, const char *interface, char *out, size_t size)
{
    const char *app = binding_text_app(user);
    if (app != NULL)
        (void)snprintf(out, size, "%s.%s", app, interface);
    else
        (void)snprintf(out, size, "<%s>.%s", user, interface);
}
