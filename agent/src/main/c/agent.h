/* One request to the agent on its Unix socket: patient within bounds. */
#ifndef PGSIDECAR_AGENT_H
#define PGSIDECAR_AGENT_H

#include <stdbool.h>
#include <stddef.h>

#include "answer.h"
#include "outcome.h"

struct request {
  enum verb verb;
  const char *socket;  /* short enough for a socket address: see socket_path_limit() */
  const char *bytes;   /* the HTTP request. It may be sent again: each can be repeated without harm. */
  size_t length;
  long long timeout;   /* ms for everything */
  long long patience;  /* ms for an agent that does not listen: it may be starting again */
};

/* How the last try went. */
enum try { ANSWERED, BROKEN_OFF, LATE, NOT_HTTP, NOT_LISTENING, REFUSED_FOR_GOOD };

struct reply {
  struct answer answer;
  enum try last;
  int error;        /* errno of the last try to connect */
  long long missed; /* ms without an agent that listens */
};

enum outcome ask_agent(const struct request *request, struct reply *reply);

/* The longest path that a socket's address holds, in bytes. */
size_t socket_path_limit(void);

#endif
