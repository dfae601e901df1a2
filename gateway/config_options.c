/*
 * One block: the structure, the list of addresses, and all strings behind them, so that copying
 * fails whole or not at all.
 */
#include "gateway/config_options.h"

#include <stdlib.h>
#include <string.h>

struct config_options {
    struct via_gateway_options options;
    const char **listen; /* owned */
    char *strings;       /* owned: one behind the other */
};

enum { STRINGS = 6 };

/* Copies @text to *atp, NULL counts only; returns the copy. */
static const char *put(const char *text, char **atp, size_t *sizep)
{
    if (text == NULL)
        return NULL;
    size_t size = strlen(text) + 1;
    *sizep += size;
    if (*atp == NULL)
        return text;
    char *copy = *atp;
    memcpy(copy, text, size);
    *atp += size;
    return copy;
}

/* With *atp NULL it only counts. */
static size_t copy(struct config_options *to, const struct via_gateway_options *from,
                   size_t n_listen, char *at)
{
    size_t size = 0;
    const char *const texts[STRINGS] = {from->config, from->socket,    from->cert,
                                        from->key,    from->client_ca, from->crl};
    const char **const places[STRINGS] = {&to->options.config,    &to->options.socket,
                                          &to->options.cert,      &to->options.key,
                                          &to->options.client_ca, &to->options.crl};
    for (size_t i = 0; i < STRINGS; i++)
        *places[i] = put(texts[i], &at, &size);
    for (size_t i = 0; i < n_listen; i++)
        to->listen[i] = put(from->listen[i], &at, &size);
    return size;
}

enum via_status config_options_create(struct config_options **optionsp,
                                      const struct via_gateway_options *options)
{
    static const struct via_gateway_options none = {.size = sizeof none};
    const struct via_gateway_options *from = options != NULL ? options : &none;
    size_t n_listen = 0;
    while (from->listen != NULL && from->listen[n_listen] != NULL)
        n_listen++;
    struct config_options *to = calloc(1, sizeof *to);
    if (to == NULL)
        return VIA_NO_MEMORY;
    to->listen = calloc(n_listen + 1, sizeof(const char *));
    if (to->listen != NULL)
        to->strings = malloc(copy(to, from, n_listen, NULL) + 1);
    if (to->listen == NULL || to->strings == NULL) {
        (void)config_options_destroy(to);
        return VIA_NO_MEMORY;
    }
    (void)copy(to, from, n_listen, to->strings);
    to->options.size = sizeof to->options;
    to->options.listen = from->listen != NULL ? to->listen : NULL;
    *optionsp = to;
    return VIA_OK;
}

struct config_options *config_options_destroy(struct config_options *options)
{
    if (options == NULL)
        return NULL;
    free(options->listen);
    free(options->strings);
    free(options);
    return NULL;
}

const struct via_gateway_options *config_options_get(const struct config_options *options)
{
    return &options->options;
}
