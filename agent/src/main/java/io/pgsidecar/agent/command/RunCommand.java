package io.pgsidecar.agent.command;

import io.pgsidecar.agent.Agent;
import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pgsidecar run}: the agent, until SIGTERM. */
@Command(name = "run", mixinStandardHelpOptions = true, description = "Runs the agent until SIGTERM.")
public final class RunCommand implements Callable<Integer> {

    private static final Logger log = LoggerFactory.getLogger(RunCommand.class);

    private final Map<String, String> environment;
    private final Consumer<AgentConfig.Log> logging;

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    /**
     * The command.
     *
     * @param logging sets up the log as the configuration says
     */
    public RunCommand(Map<String, String> environment, Consumer<AgentConfig.Log> logging) {
        this.environment = environment;
        this.logging = logging;
    }

    @Override
    public Integer call() throws ConfigException, InterruptedException {
        AgentConfig config = configFile.load(environment).config();
        logging.accept(config.log());
        CountDownLatch stopRequested = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Agent agent;
        try {
            agent = new Agent(config, environment);
        } catch (IOException e) {
            log.error("Cannot start: {}", e.getMessage());
            return ExitCode.FAILED.code();
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitStop(stopRequested, stopped), "on-signal"));
        try (agent) {
            stopRequested.await();
            log.info("Stopping");
            agent.stop();
            log.info("Stopped");
        } catch (RuntimeException | Error e) {
            log.error("Could not stop in order", e);
            throw e;
        } finally {
            stopped.countDown(); // Else the JVM would wait for it until it is killed.
        }
        return ExitCode.OK.code();
    }

    /** The JVM goes on with its exit when its hooks return: this one keeps it until all is closed in order. */
    private static void awaitStop(CountDownLatch stopRequested, CountDownLatch stopped) {
        stopRequested.countDown();
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // A clean stop exits with 0. The JVM would exit with 143, which a pod's status shows as an error.
        Runtime.getRuntime().halt(ExitCode.OK.code());
    }
}
