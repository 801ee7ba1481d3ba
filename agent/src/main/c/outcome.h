/* What a request came to, and the exit code that tells PostgreSQL so. */
#ifndef PGSIDECAR_OUTCOME_H
#define PGSIDECAR_OUTCOME_H

#include <stdbool.h>

enum verb { NO_VERB, ARCHIVE, RESTORE, INSTALL, DRAIN };

enum outcome {
  /* Answers of the agent. */
  ARCHIVED,
  DRAINED,
  RESTORED,
  ABSENT,
  BAD_REQUEST,
  BAD_SEGMENT,
  OTHER_CLUSTER,
  CONFLICT,
  REPOSITORY_UNAVAILABLE,
  REPOSITORY_DENIED,
  CORRUPT,
  STOPPING,
  AGENT_FAILED,
  /* No answer, or none that can be trusted. */
  NO_AGENT,
  TIMED_OUT,
  NOT_UNDERSTOOD,
  USAGE,
  SHIM_FAILED
};

/* The outcome that an answer stands for. Status and word have to fit: a program that is not the agent may well
   answer 200 or 404. */
enum outcome outcome_of_answer(enum verb verb, int status, const char *word);

/* The whole decision. `standby`: standby.signal exists. */
int exit_code(enum verb verb, enum outcome outcome, bool standby);

#endif
