import java.net.InetAddress;
import java.util.EnumSet;
import javax.servlet.DispatcherType;
import org.apache.solr.servlet.CoreContainerProvider;
import org.apache.solr.servlet.SolrDispatchFilter;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.DefaultServlet;
import org.eclipse.jetty.servlet.ServletContextHandler;

/**
 * Serves Solr on the loopback interface only, for development and tests.
 *
 * <p>Usage: {@code java -Dsolr.solr.home=HOME -cp "lib/*" SolrDev.java PORT HOME}. The cores are
 * the folders of HOME that hold a {@code core.properties}.
 */
public class SolrDev {
  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    String home = args[1];
    Server server = new Server();
    server.addConnector(loopback(server, port));
    server.setHandler(solr(home));
    server.setStopAtShutdown(true);
    server.start();
    server.join();
  }

  private static ServerConnector loopback(Server server, int port) {
    ServerConnector connector = new ServerConnector(server);
    connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
    connector.setPort(port);
    return connector;
  }

  private static ServletContextHandler solr(String home) {
    ServletContextHandler context =
        new ServletContextHandler(null, "/solr", ServletContextHandler.SESSIONS);
    context.addEventListener(new CoreContainerProvider());
    context.addFilter(SolrDispatchFilter.class, "/*", EnumSet.of(DispatcherType.REQUEST));
    context.addServlet(DefaultServlet.class, "/");
    context.setResourceBase(home);
    return context;
  }
}
