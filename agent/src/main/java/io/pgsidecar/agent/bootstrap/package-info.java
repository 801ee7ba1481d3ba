/** What {@code pgsidecar bootstrap} does before PostgreSQL starts: what is found, what is decided of it, and how it is done. */
@NullMarked
package io.pgsidecar.agent.bootstrap;

import org.jspecify.annotations.NullMarked;
