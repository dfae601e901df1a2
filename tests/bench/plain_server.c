/*
 * It looks for the end of its input between two rounds of service.
 */
#include "tests/bench/plain_server.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

int plain_server_run(int argc, char **argv, const struct lws_protocols *protocols, void *user)
{
    if (argc < 2)
        return 2;
    lws_set_log_level(LLL_ERR, NULL);
    struct lws_context_creation_info info = {
        .port = 0,
        .iface = "lo",
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_IPV6,
        .ssl_cert_filepath = argv[0],
        .ssl_private_key_filepath = argv[1],
        .pt_serv_buf_size = 65536,
        .user = user,
    };
    struct lws_context *context = lws_create_context(&info);
    if (context == NULL)
        return 1;
    printf("ready %d\n", lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "default")));
    fflush(stdout);
    while (lws_service(context, 0) >= 0) {
        struct pollfd parent = {.fd = STDIN_FILENO, .events = POLLIN};
        if (poll(&parent, 1, 0) == 1)
            break;
    }
    lws_context_destroy(context);
    return 0;
}
