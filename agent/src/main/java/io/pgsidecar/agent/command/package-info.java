/** One class for each verb of the command line. */
@NullMarked
package io.pgsidecar.agent.command;

import org.jspecify.annotations.NullMarked;
