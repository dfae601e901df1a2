/*
 * Roles: what a process of the benchmark may be. Each is started as `viaduct-bench role NAME ARGS`.
 */
#pragma once

#define BENCH_LARGE ((16u << 20) - 4u) /* octets of the largest message, without their length */

int role_unix(int argc, char **argv); /* driver; forks its echo */
int role_echo_server(int argc,
                     char **argv); /* CERT KEY: a plain libwebsockets wss echo; prints its port */
int role_echo_client(int argc, char **argv);  /* PORT CA: driver */
int role_core_service(int argc, char **argv); /* NAME: echoes calls of the core API */
int role_core_client(int argc, char **argv);  /* NAME: driver */
int role_core_stream(int argc, char **argv);  /* NAME: driver; pipes instead of calls */
int role_core_beside(int argc, char **argv);  /* NAME LARGE: driver, beside large calls to LARGE */
int role_json_client(int argc, char **argv);  /* PORT CA CERT KEY NAME: driver; JSON-RPC over wss */
int role_herd(int argc, char **argv);         /* NAME: many nodes, each with a name published */
/* call|connect|resume LOCAL PORT DELAY_MS: driver of what its first argument says */
int role_resume(int argc, char **argv);
int role_crowd(int argc, char **argv);        /* GATEWAY N NAME: driver of N clients */
int role_fan(int argc, char **argv);          /* GATEWAY N [PACE_US [stuck]]: driver of a fan-out */
int role_json_fan(int argc, char **argv);     /* GATEWAY N: the same with readers of JSON */
int role_naive_server(int argc, char **argv); /* CERT KEY: a plain one; prints its port */
int role_naive(int argc, char **argv);        /* GATEWAY N: driver of that */
int role_hdf_service(int argc, char **argv);  /* a driver, and a core service that does the same */
int role_hdf_calls(int argc, char **argv);    /* hdf|core: driver of calls */
int role_hdf_events(int argc, char **argv);   /* hdf|core N [group]: driver of events */
int role_legato_service(int argc, char **argv); /* answers requests with what they hold */
int role_legato_client(int argc, char **argv);  /* driver of requests */
int role_legato_file(int argc, char **argv); /* SIZE: driver of requests with a file of that size */
/* phoenix|core NAME N: a service with N threads that receive */
int role_phoenix_service(int argc, char **argv);
int role_phoenix_calls(int argc, char **argv);   /* phoenix|core NAME echo|take|give: driver */
int role_phoenix_pulses(int argc, char **argv);  /* phoenix|core NAME: driver of those one way */
int role_phoenix_crowd(int argc, char **argv);   /* phoenix|core NAME N: driver of N clients */
int role_phoenix_open(int argc, char **argv);    /* driver of open() */
int role_phoenix_read(int argc, char **argv);    /* driver of read() */
int role_portfolio_relay(int argc, char **argv); /* SERVICE: the core's between */
/* portfolio|core SERVICE GATEWAY N PACE_US: driver of N listeners, and of a reporter at GATEWAY; of
 * pace 0 it waits for them */
int role_portfolio_listeners(int argc, char **argv);
