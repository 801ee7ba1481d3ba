/** Object stores that speak the real protocols, as child processes of a test; for the agent's tests too. */
@NullMarked
package io.pgsidecar.archive.stores;

import org.jspecify.annotations.NullMarked;
