/** What is decided about a data directory before PostgreSQL starts, and what becomes of real ones. */
@NullMarked
package io.pgsidecar.agent.bootstrap;

import org.jspecify.annotations.NullMarked;
