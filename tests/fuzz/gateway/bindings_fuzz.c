/*
 * A bindings file. What is taken is written again, read again, and is the same; what is refused has
 * words and a place. Which users there are on the machine makes no difference.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/binding_text.h"
#include "gateway/bindings.h"
#include "tests/fuzz/fuzz.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_end(const struct binding_end *end, bool is_server)
{
    char text[BINDING_HOST_MAX + BINDING_END_SIZE + 2];
    struct binding_end again;
    struct binding_fault fault;
    size_t n = 0;
    if (end->host[0] != '\0')
        n = (size_t)snprintf(text, sizeof text, "%s/", end->host);
    binding_text_write(end->user, end->interface, text + n, sizeof text - n);
    require(binding_text_end(text, is_server, &again, &fault) == VIA_OK);
    require(strcmp(again.host, end->host) == 0 && strcmp(again.user, end->user) == 0 &&
            strcmp(again.interface, end->interface) == 0);
}

/* The same as a gateway reads it: never more than it may, and all or nothing. */
static void check_file(const char *text, size_t size, bool is_good)
{
    struct bindings bindings, said;
    struct config_fault fault = {""};
    bindings_init(&bindings, 8, true);
    enum via_status status = bindings_parse(&said, "file", text, size, "here", 8, &fault);
    require(is_good || status == VIA_INVALID);
    require(status == VIA_OK || (fault.text[0] != '\0' && said.n == 0));
    if (status == VIA_OK)
        bindings_commit(&bindings, &said);
    require(bindings.n <= 8);
    bindings_deinit(&bindings);
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct binding_text reader;
    struct binding_fault fault;
    struct binding_end client, server;
    enum via_status status = VIA_OK;
    binding_text_start(&reader, (const char *)octets, size, &fault);
    while (status == VIA_OK) {
        status = binding_text_next(&reader, &client, &server);
        if (status == VIA_OK) {
            check_end(&client, false);
            check_end(&server, true);
        }
    }
    bool is_good = status == VIA_END;
    require(is_good || (fault.text[0] != '\0' && fault.line > 0 && fault.column > 0));
    check_file((const char *)octets, size, is_good);
    return is_good;
}
