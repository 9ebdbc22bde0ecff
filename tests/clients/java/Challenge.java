// Calls the RDS API, unsigned, through a proxy that asks for credentials, with each of the JDK's two HTTP clients. Neither
// sends the credentials before it has been asked. Prints the client and the status of each answer.
//
// Arguments: the proxy's port, the user, the password. Run with -Djdk.http.auth.tunneling.disabledSchemes= since Java gives
// no Basic credentials for a CONNECT otherwise.

import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Challenge {
    static final URI CALL =
        URI.create("https://rds.us-east-1.amazonaws.com/?Action=DescribeDBInstances&Version=2014-10-31");

    public static void main(String[] arguments) throws Exception {
        InetSocketAddress proxy = new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0]));
        Authenticator asked = new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication(arguments[1], arguments[2].toCharArray());
            }
        };
        HttpClient client = HttpClient.newBuilder()
            .proxy(ProxySelector.of(proxy))
            .authenticator(asked)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
        HttpResponse<String> answer =
            client.send(HttpRequest.newBuilder(CALL).build(), HttpResponse.BodyHandlers.ofString());
        System.out.println("HttpClient " + answer.statusCode() + " "
            + answer.headers().firstValue("x-rds-guard-reason").orElse("-"));

        Authenticator.setDefault(asked);
        HttpURLConnection connection =
            (HttpURLConnection) CALL.toURL().openConnection(new Proxy(Proxy.Type.HTTP, proxy));
        System.out.println("HttpURLConnection " + connection.getResponseCode() + " "
            + connection.getHeaderField("x-rds-guard-reason"));
    }
}
