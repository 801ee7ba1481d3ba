/* pgsidecar-wal install DIR */
#ifndef PGSIDECAR_INSTALL_H
#define PGSIDECAR_INSTALL_H

#include <stdbool.h>
#include <stddef.h>

/* The path of the running program, links resolved. It is not there any more if a newer one was installed over it:
   only its folder is to be relied on. */
bool own_path(char *path, size_t size);

/* Copies the running program to DIR/pgsidecar-wal, so that a process killed at any moment leaves the old program or
   the new one there, and one that runs the old goes on. Returns 0 or 1; says what it did or why not. */
int install(const char *folder);

#endif
