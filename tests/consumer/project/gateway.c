/*
 * A program with a gateway of its own inside, on a local socket.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <viaduct/gateway.h>

int main(void)
{
    char folder[] = "/tmp/viaduct-consumer-XXXXXX";
    char path[sizeof folder + 16], lock[sizeof folder + 16];
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(path, sizeof path, "%s/socket", folder);
    (void)snprintf(lock, sizeof lock, "%s/socket.lock", folder);

    struct via_gateway_options options = {.size = sizeof options, .socket = path};
    struct via_gateway *gateway;
    char words[256];
    if (via_gateway_create(&options, words, sizeof words, &gateway) != VIA_OK) {
        (void)fprintf(stderr, "gateway: %s\n", words);
        return 2;
    }
    struct stat status;
    int result = 0;
    if (strcmp(via_gateway_socket(gateway), path) != 0 || stat(path, &status) != 0 ||
        !S_ISSOCK(status.st_mode))
        result = 3;
    via_gateway_destroy(gateway);
    (void)unlink(lock);
    if (rmdir(folder) != 0 && result == 0)
        result = 4; /* it left something behind */
    return result;
}
