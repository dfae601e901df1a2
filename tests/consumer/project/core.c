/*
 * A program that uses the core, and has functions whose names the library knows inside. Neither may
 * take the other's.
 */
#include <stdio.h>
#include <string.h>
#include <viaduct/viaduct.h>

static int n_called;

void *frame_decode(void *octets);
void *cJSON_Parse(const char *text);
int mbedtls_ssl_read(void *ssl, unsigned char *octets, size_t size);
void *lws_create_context(const void *info);

void *frame_decode(void *octets)
{
    n_called++;
    return octets;
}

void *cJSON_Parse(const char *text)
{
    (void)text;
    n_called++;
    return NULL;
}

int mbedtls_ssl_read(void *ssl, unsigned char *octets, size_t size)
{
    (void)ssl, (void)octets, (void)size;
    n_called++;
    return -1;
}

void *lws_create_context(const void *info)
{
    (void)info;
    n_called++;
    return NULL;
}

int main(void)
{
    struct via_parcel *parcel;
    if (via_parcel_create(&parcel) != VIA_OK)
        return 1;
    if (via_parcel_write_i32(parcel, -5) != VIA_OK ||
        via_parcel_write_str(parcel, "five") != VIA_OK)
        return 2;
    int32_t number = 0;
    const char *text = NULL;
    if (via_parcel_read_i32(parcel, &number) != VIA_OK || number != -5)
        return 3;
    if (via_parcel_read_str(parcel, &text) != VIA_OK || strcmp(text, "five") != 0)
        return 4;
    via_parcel_unref(parcel);

    /* nobody listens there, and the library says so, with its own functions */
    struct via_node_options options = {.size = sizeof options,
                                       .gateway = "wss://127.0.0.1:1",
                                       .ca = "/nonexistent/ca.pem",
                                       .connect_ms = 100};
    struct via_node *node;
    if (via_node_create(&options, &node) != VIA_OK)
        return 5;
    enum via_status status = via_node_connect(node, 100);
    if (status == VIA_OK)
        return 6;
    via_node_destroy(node);
    if (n_called != 0)
        return 7;

    printf("core: %s\n", via_status_name(status));
    return frame_decode(&number) == &number ? 0 : 8;
}
