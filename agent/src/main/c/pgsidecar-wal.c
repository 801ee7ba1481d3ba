/*
 * pgsidecar-wal: what PostgreSQL runs as archive_command and restore_command.
 *
 * It asks the agent over its Unix socket and turns the answer into an exit code. It is one static program without
 * dependencies, so that it runs in any image that PostgreSQL runs in, and it keeps nothing between two calls.
 *
 * What it must never do: report 0 for what is not stored; report "the archive has no such file" to a recovery when
 * that is not proven, for PostgreSQL would end the recovery there and promote; make the archiver die by a signal or
 * by a code above 125.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "install.h"
#include "outcome.h"
#include "report.h"

#ifndef PGSIDECAR_VERSION
#define PGSIDECAR_VERSION "development"
#endif

/* More than any system's PATH_MAX. */
enum { LONGEST_PATH = 8 * 1024 };

enum { DEFAULT_TIMEOUT = 120, DRAIN_TIMEOUT = 10, LONGEST_TIMEOUT = 86400, PATIENCE = 5, RECOVERY_PATIENCE = 30 }; /* s */

static const char help[] =
    "pgsidecar-wal asks the pgsidecar agent to archive and to restore WAL for PostgreSQL.\n"
    "\n"
    "Usage:\n"
    "  pgsidecar-wal archive [OPTION]... %p      as archive_command\n"
    "  pgsidecar-wal restore [OPTION]... %f %p   as restore_command\n"
    "  pgsidecar-wal install DIR                 copies this program to DIR/pgsidecar-wal\n"
    "  pgsidecar-wal drain [OPTION]...           as preStop: no new clients are sent here, until PostgreSQL\n"
    "                                            starts again\n"
    "\n"
    "Options:\n"
    "  --socket PATH      the agent's socket (default: $PGSIDECAR_SOCKET, else agent.sock\n"
    "                     in the folder of this program)\n"
    "  --timeout SECONDS  the longest time to wait, 1 to 86400 (default: 120; drain 10)\n"
    "  --help, --version  print this, or the version, and exit\n"
    "\n"
    "Exit codes:\n"
    "  archive  0 stored in every repository; 1 to 49 not stored: PostgreSQL keeps the file\n"
    "           and tries again; docs/wal.md says what each code means\n"
    "  restore  0 restored; 1 the archive has no such file; 255 anything else, which stops\n"
    "           the recovery; on a standby 1 instead of 255: it streams and asks again\n"
    "  drain    0 drained; 40 to 42 no agent has done it\n";

struct arguments {
  enum verb verb;
  const char *values[2]; /* after the verb */
  int count;
  const char *socket;
  const char *timeout;
  bool help;
  bool version;
  const char *mistake; /* the first; a format with one %s */
  const char *culprit;
};

static void mistake(struct arguments *arguments, const char *format, const char *culprit) {
  if (arguments->mistake == NULL) {
    arguments->mistake = format;
    arguments->culprit = culprit;
  }
}

static enum verb verb_named(const char *word) {
  return strcmp(word, "archive") == 0   ? ARCHIVE
         : strcmp(word, "restore") == 0 ? RESTORE
         : strcmp(word, "install") == 0 ? INSTALL
         : strcmp(word, "drain") == 0   ? DRAIN
                                        : NO_VERB;
}

/* Where `option` is the one of that name, sets its value and says so. */
static bool take(struct arguments *arguments, const char *name, const char **value, int argc, char **argv, int *i) {
  size_t length = strlen(name);
  if (strncmp(argv[*i], name, length) != 0) {
    return false;
  }
  if (argv[*i][length] == '=') {
    *value = argv[*i] + length + 1;
    return true;
  }
  if (argv[*i][length] != '\0') {
    return false;
  }
  if (*i + 1 < argc) {
    *value = argv[++*i];
  } else {
    mistake(arguments, "option %s needs a value", name);
  }
  return true;
}

static void read_arguments(struct arguments *arguments, int argc, char **argv) {
  static const int wanted[] = {[NO_VERB] = 0, [ARCHIVE] = 1, [RESTORE] = 2, [INSTALL] = 1, [DRAIN] = 0};
  bool options = true;
  for (int i = 1; i < argc; i++) {
    const char *word = argv[i];
    if (options && word[0] == '-' && word[1] != '\0') {
      if (strcmp(word, "--") == 0) {
        options = false;
      } else if (strcmp(word, "--help") == 0) {
        arguments->help = true;
      } else if (strcmp(word, "--version") == 0) {
        arguments->version = true;
      } else if (!take(arguments, "--socket", &arguments->socket, argc, argv, &i) &&
                 !take(arguments, "--timeout", &arguments->timeout, argc, argv, &i)) {
        mistake(arguments, "unknown option \"%s\"", word);
        if (arguments->verb == NO_VERB) {
          return; /* Whether the next word is its value or the command cannot be known. */
        }
      }
    } else if (arguments->verb == NO_VERB) {
      arguments->verb = verb_named(word);
      if (arguments->verb == NO_VERB) {
        mistake(arguments, "unknown command \"%s\"", word);
        return;
      }
    } else if (arguments->count == wanted[arguments->verb]) {
      mistake(arguments, "too many arguments, the first of them is \"%s\"", word);
    } else {
      if (word[0] == '\0' || strlen(word) >= LONGEST_PATH) {
        mistake(arguments, word[0] == '\0' ? "an argument is empty%s" : "an argument is longer than any path%s", "");
      }
      arguments->values[arguments->count++] = word;
    }
  }
  if (arguments->count == 0 && (arguments->help || arguments->version)) {
    return;
  }
  if (arguments->verb == NO_VERB) {
    mistake(arguments, "no command is given%s", "");
  } else if (arguments->help || arguments->version) {
    /* Exit 0 would tell PostgreSQL that the file is stored or restored. */
    mistake(arguments, "%s stands beside a command", arguments->help ? "--help" : "--version");
  } else if (arguments->count < wanted[arguments->verb]) {
    mistake(arguments, "%s", arguments->verb == ARCHIVE   ? "archive needs one argument: the path (%p)"
                             : arguments->verb == RESTORE ? "restore needs two arguments: the name (%f) and the path (%p)"
                                                          : "install needs one argument: a folder");
  }
}

/* Seconds, or 0 if that is no number in range. */
static int seconds(const char *text) {
  int value = 0;
  for (const char *c = text; *c != '\0'; c++) {
    if (*c < '0' || *c > '9' || (value = value * 10 + (*c - '0')) > LONGEST_TIMEOUT) {
      return 0;
    }
  }
  return value;
}

static bool exists(const char *folder, size_t length, const char *name) {
  static char path[LONGEST_PATH + 32];
  struct stat status;
  return snprintf(path, sizeof path, "%.*s%s", (int)length, folder, name) < (int)sizeof path && stat(path, &status) == 0;
}

/* The length of the part of the path that names the data directory: what stands before its last pg_wal folder; 0, the
   current folder, if it has none. */
static size_t data_directory(const char *path) {
  static const char wal[] = "pg_wal/";
  size_t folder = 0;
  for (const char *at = path; (at = strstr(at, wal)) != NULL; at++) {
    if (at == path || at[-1] == '/') {
      folder = (size_t)(at - path);
    }
  }
  return folder;
}

static bool is_standby(const char *path) {
  return exists(path, data_directory(path), "standby.signal");
}

/* Whether recovery is over and PostgreSQL asks only for the history of the timeline that it leaves, to go on with in the
   new one's. It has removed the signal files by then: whatever ends it there, we or a kill while it waits for us, makes it
   come up on the old timeline, beyond its target. When we have nothing, it takes the file of its own pg_wal. */
static bool has_own_history(const char *file, const char *path) {
  static const char extension[] = ".history";
  char own[64];
  size_t folder = data_directory(path);
  size_t length = strlen(file);
  return length > strlen(extension) && strcmp(file + length - strlen(extension), extension) == 0 &&
         snprintf(own, sizeof own, "pg_wal/%s", file) < (int)sizeof own && exists(path, folder, own) &&
         !exists(path, folder, "standby.signal") && !exists(path, folder, "recovery.signal");
}

static size_t append(char *to, size_t at, const char *text) {
  size_t length = strlen(text);
  memcpy(to + at, text, length);
  return at + length;
}

static size_t append_encoded(char *to, size_t at, const char *text) {
  static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  static const char digits[] = "0123456789ABCDEF";
  for (; *text != '\0'; text++) {
    if (strchr(unreserved, *text) != NULL) {
      to[at++] = *text;
    } else {
      unsigned char byte = (unsigned char)*text;
      to[at++] = '%';
      to[at++] = digits[byte >> 4];
      to[at++] = digits[byte & 15];
    }
  }
  return at;
}

/* The length of the request; 0 if the current folder is not known. */
static size_t write_request(char *to, const struct arguments *arguments) {
  static const char end[] = " HTTP/1.1\r\nHost: pgsidecar\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  if (arguments->verb == DRAIN) {
    return append(to, append(to, 0, "POST /v1/drain"), end);
  }
  const char *path = arguments->values[arguments->count - 1];
  size_t at = append(to, 0, arguments->verb == ARCHIVE ? "POST /v1/wal/archive?path=" : "POST /v1/wal/restore?name=");
  if (arguments->verb == RESTORE) {
    at = append(to, append_encoded(to, at, arguments->values[0]), "&path=");
  }
  /* The agent knows PostgreSQL's own relative paths; pg_rewind runs us in a folder of its own. */
  if (path[0] != '/' && strncmp(path, "pg_wal/", 7) != 0) {
    static char folder[LONGEST_PATH];
    if (getcwd(folder, sizeof folder) == NULL) {
      return 0;
    }
    at = append_encoded(to, at, folder);
    at = append(to, at, folder[1] == '\0' ? "" : "/");
  }
  at = append_encoded(to, at, path);
  struct stat status;
  if (arguments->verb == ARCHIVE && stat(path, &status) == 0) {
#ifdef __APPLE__
    struct timespec modified = status.st_mtimespec;
#else
    struct timespec modified = status.st_mtim;
#endif
    /* So that the agent of another server does not archive its own file of this name and tell us that ours is safe. */
    at += (size_t)sprintf(to + at, "&modified=%lld", (long long)modified.tv_sec * 1000000000 + modified.tv_nsec);
  }
  return append(to, at, end);
}

/* --socket, else PGSIDECAR_SOCKET, else agent.sock beside this program. NULL if that folder is not known. */
static const char *socket_path(const struct arguments *arguments) {
  const char *variable = getenv("PGSIDECAR_SOCKET");
  if (arguments->socket != NULL) {
    return arguments->socket;
  }
  if (variable != NULL && variable[0] != '\0') {
    return variable;
  }
  static char path[LONGEST_PATH + 16];
  if (!own_path(path, LONGEST_PATH)) {
    return NULL;
  }
  strcpy(strrchr(path, '/') + 1, "agent.sock");
  return path;
}

/* What this run is about, for its messages and its exit code. */
struct run {
  enum verb verb;
  const char *file; /* NULL if the command line does not say */
  bool standby;
};

#define COULD_NOT "could not %s%s%s%s: "
#define QUOTE(run) (run)->verb == DRAIN ? "" : "\""
#define RUN_WORDS(run) (run)->verb == ARCHIVE ? "archive " : (run)->verb == DRAIN ? "drain" : "restore ", QUOTE(run), \
                       (run)->file, QUOTE(run)

/* The exit code; tells what it will make PostgreSQL do where that is not plain. */
static int finish(const struct run *run, enum outcome outcome) {
  int code = exit_code(run->verb, outcome, run->standby);
  if (code == 255) {
    report("detail: ", "The exit code is 255, so that PostgreSQL stops; it would take a lower one for the end of the "
                       "archive, end recovery there and promote.");
  } else if (run->verb == RESTORE && code != 0 && outcome != ABSENT) {
    report("detail: ", "The exit code is 1, so that the standby turns to streaming and asks again.");
  }
  return code;
}

static int fail_usage(const struct arguments *arguments) {
  report("error: ", arguments->mistake, arguments->culprit);
  report("hint: ", "Try \"pgsidecar-wal --help\".");
  if (arguments->verb == NO_VERB) {
    /* A typo in restore_command must not end a recovery. */
    if (exists("", 0, "recovery.signal") && !exists("", 0, "standby.signal")) {
      return finish(&(struct run){RESTORE, NULL, false}, USAGE);
    }
    return exit_code(NO_VERB, USAGE, false);
  }
  const char *path = arguments->verb == RESTORE && arguments->count == 2 ? arguments->values[1] : "";
  return finish(&(struct run){arguments->verb, NULL, is_standby(path)}, USAGE);
}

/* The agent's own words: the first line is the message. */
static void explain_answer(const struct run *run, const struct answer *answer, enum outcome outcome) {
  const char *body = answer->bytes + answer->header;
  const char *end = memchr(body, '\n', answer->body);
  size_t line = end != NULL ? (size_t)(end - body) : answer->body;
  size_t message = line > 0 && body[line - 1] == '\r' ? line - 1 : line;
  size_t rest = line < answer->body ? line + 1 : line;
  if (outcome == NOT_UNDERSTOOD) {
    report("error: ", COULD_NOT "the agent's answer was not understood: HTTP status %d, outcome \"%s\"", RUN_WORDS(run),
           answer->status, answer->word);
    rest = 0;
  } else if (message == 0) {
    report("error: ", COULD_NOT "the agent answered \"%s\" and gave no reason", RUN_WORDS(run), answer->word);
  } else {
    report("error: ", COULD_NOT "%.*s", RUN_WORDS(run), (int)message, body);
  }
  report_more(body + rest, answer->body - rest);
}

static void explain(const struct run *run, const struct request *request, const struct reply *reply,
                    enum outcome outcome) {
  const char *socket = request->socket;
  switch (reply->last) {
    case ANSWERED:
      explain_answer(run, &reply->answer, outcome);
      break;
    case BROKEN_OFF:
      report("error: ", COULD_NOT "the agent on \"%s\" broke off its answer", RUN_WORDS(run), socket);
      report("hint: ", "Look at the agent's log for the reason.");
      break;
    case LATE:
      report("error: ", COULD_NOT "the agent on \"%s\" did not answer within %lld s", RUN_WORDS(run), socket,
             request->timeout / 1000);
      report("hint: ", "Look at the agent's log for what it waits for. If the repository is always that slow, give a "
                       "longer --timeout.");
      break;
    case NOT_HTTP:
      report("error: ", COULD_NOT "the answer on \"%s\" was not understood: %s", RUN_WORDS(run), socket,
             reply->answer.reason);
      report("hint: ", "Does another program listen on this socket?");
      break;
    case NOT_LISTENING:
    case REFUSED_FOR_GOOD:
      report("error: ", COULD_NOT "no agent answers on \"%s\": %s", RUN_WORDS(run), socket, strerror(reply->error));
      if (reply->last == NOT_LISTENING) {
        report("detail: ", "Tried to connect for %lld.%lld s.", reply->missed / 1000, reply->missed % 1000 / 100);
      }
      report("hint: ", "Start the agent with \"pgsidecar run\", as a user who shares this socket; --socket or "
                       "PGSIDECAR_SOCKET names another.");
      break;
  }
}

/* The restored file as PostgreSQL will see it. */
static bool is_in_place(const struct run *run, const char *path) {
  struct stat status;
  bool there = stat(path, &status) == 0;
  if (there && S_ISREG(status.st_mode)) {
    return true;
  }
  report("error: ", COULD_NOT "the agent says it did, but \"%s\" is not there: %s", RUN_WORDS(run), path,
         there ? "Not a regular file" : strerror(errno));
  report("hint: ", "Do the agent and PostgreSQL see the same data directory, under the same path?");
  return false;
}

static int run_with_agent(const struct arguments *arguments) {
  static char bytes[3 * 3 * LONGEST_PATH + 512]; /* name, folder and path, each byte as %XX */
  static struct reply reply;
  bool drains = arguments->verb == DRAIN;
  const char *path = drains ? "" : arguments->values[arguments->count - 1];
  bool restores = arguments->verb == RESTORE;
  struct run run = {arguments->verb, drains ? "" : arguments->values[0], restores && is_standby(path)};
  if (restores && (strcmp(run.file, "00000001.history") == 0 || has_own_history(run.file, path))) {
    return finish(&run, ABSENT); /* Timeline 1 has none. PostgreSQL asks when nothing may go wrong, so at once. */
  }
  bool may_stop_recovery = restores && !run.standby;
  struct request request = {
      .verb = run.verb,
      .socket = socket_path(arguments),
      .bytes = bytes,
      .length = write_request(bytes, arguments),
      .timeout = 1000LL * (arguments->timeout != NULL ? seconds(arguments->timeout)
                           : drains                   ? DRAIN_TIMEOUT
                                                      : DEFAULT_TIMEOUT),
      .patience = 1000LL * (may_stop_recovery ? RECOVERY_PATIENCE : PATIENCE),
  };
  if (request.socket == NULL || request.length == 0) {
    report("error: ", COULD_NOT "%s: %s", RUN_WORDS(&run),
           request.socket == NULL ? "the folder of this program is not known" : "the current folder is not known",
           strerror(errno));
    return finish(&run, SHIM_FAILED);
  }
  if (strlen(request.socket) > socket_path_limit()) {
    report("error: ", COULD_NOT "the path of the agent's socket is longer than %zu bytes: \"%s\"", RUN_WORDS(&run),
           socket_path_limit(), request.socket);
    report("hint: ", "Give it a shorter one; the length of a socket's path is limited by the system.");
    return finish(&run, USAGE);
  }
  enum outcome outcome = ask_agent(&request, &reply);
  if (outcome == ABSENT && run.standby) {
    return finish(&run, outcome); /* Asked every few seconds, for ever: nothing to tell. */
  }
  if (outcome == ABSENT) {
    const struct answer *answer = &reply.answer;
    const char *end = memchr(answer->bytes + answer->header, '\n', answer->body);
    int line = (int)(end != NULL ? (size_t)(end - answer->bytes) - answer->header : answer->body);
    report("", "\"%s\" is not in the archive%s%.*s", run.file, line > 0 ? ": " : "", line, answer->bytes + answer->header);
  } else if (outcome == RESTORED) {
    outcome = is_in_place(&run, path) ? RESTORED : NOT_UNDERSTOOD;
  } else if (outcome == DRAINED) {
    const struct answer *answer = &reply.answer;
    report_more(answer->bytes + answer->header, answer->body); /* What of it could not be done in time. */
  } else if (outcome != ARCHIVED) {
    explain(&run, &request, &reply, outcome);
  }
  return finish(&run, outcome);
}

static void prepare_process(void) {
  /* A message to a log that is gone must not kill us by a signal: the archiver would die of it. */
  signal(SIGPIPE, SIG_IGN);
  /* PostgreSQL ends a restore_command by SIGTERM when it shuts down, and takes that death for its own shutdown. */
  signal(SIGTERM, SIG_DFL);
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_UNBLOCK, &term, NULL);
  /* Without the standard descriptors, the socket would become one of them and get our messages. */
  int fd;
  do {
    fd = open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) {
    close(fd);
  }
}

int main(int argc, char **argv) {
  static struct arguments arguments;
  prepare_process();
  read_arguments(&arguments, argc, argv);
  if (arguments.socket != NULL && arguments.socket[0] == '\0') {
    mistake(&arguments, "--socket is empty%s", "");
  }
  if (arguments.timeout != NULL && seconds(arguments.timeout) == 0) {
    mistake(&arguments, "--timeout \"%s\" is not a whole number of seconds from 1 to 86400", arguments.timeout);
  }
  if (arguments.mistake != NULL) {
    return fail_usage(&arguments);
  }
  if (arguments.help || arguments.version) {
    const char *text = arguments.help ? help : "pgsidecar-wal " PGSIDECAR_VERSION "\n";
    return fputs(text, stdout) < 0 || fflush(stdout) != 0;
  }
  return arguments.verb == INSTALL ? install(arguments.values[0]) : run_with_agent(&arguments);
}
