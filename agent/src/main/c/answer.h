/* The agent's answer, read as it arrives. It is HTTP/1.1 with a Content-Length and nothing else: what stands on
   the socket may be another program, and a success has to be beyond doubt. */
#ifndef PGSIDECAR_ANSWER_H
#define PGSIDECAR_ANSWER_H

#include <stddef.h>

enum { LONGEST_HEADER = 16 * 1024, LONGEST_BODY = 64 * 1024, LONGEST_WORD = 64 };

enum progress { INCOMPLETE, WHOLE, GARBLED };

struct answer {
  char bytes[LONGEST_HEADER + LONGEST_BODY];
  size_t length; /* so far */
  size_t header; /* its length with the empty line; 0 until that has come */
  size_t body;   /* Content-Length */
  int status;
  char word[LONGEST_WORD]; /* of Pgsidecar-Outcome, "" if there is none */
  const char *reason;      /* what is wrong, if it is GARBLED */
};

/* To be called after each read: bytes[0..length) is what has come. */
enum progress read_answer(struct answer *answer);

#endif
