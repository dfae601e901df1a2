/*
 * A configuration file. One that is accepted is printed, and what is printed is accepted again and
 * says the same: that is what --print-config promises. One that is not has words for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/config.h"
#include "tests/fuzz/fuzz.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

static char *print(const struct config *config, size_t *sizep)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, sizep);
    require(out != NULL);
    config_print(config, out);
    require(fclose(out) == 0);
    return text;
}

static void check_printed(const struct config *config)
{
    struct config again;
    struct config_fault fault = {""};
    size_t size, size_again;
    char *text = print(config, &size);
    require(config_init(&again) == VIA_OK);
    require(config_parse(&again, "printed", text, size, &fault) == VIA_OK);
    char *text_again = print(&again, &size_again);
    require(size == size_again && memcmp(text, text_again, size) == 0);
    config_deinit(&again);
    free(text);
    free(text_again);
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct config config;
    struct config_fault fault = {""};
    require(config_init(&config) == VIA_OK);
    enum via_status status = config_parse(&config, "file", (const char *)octets, size, &fault);
    if (status == VIA_OK)
        check_printed(&config);
    else
        require(fault.text[0] != '\0');
    config_deinit(&config);
    return status == VIA_OK;
}
