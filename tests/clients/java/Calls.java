// Makes RDS calls with one of the JDK's two HTTP clients, signed here, and prints what came of each as a line of JSON.
// Everything else stands in the environment and in JAVA_TOOL_OPTIONS. The first argument names the client, the others
// the checks; a line is {"check", "ok", "detail"}.
//
// Where names can be pointed to a proxy, but ports cannot, -Dport=PORT has calls go to another port under the same Host.

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;

public class Calls {
    static final String NEAR = "us-east-1", FAR = "eu-west-1", TAG = "größer & <schöner> 🦀 + 1";
    static final String FORM = "application/x-www-form-urlencoded; charset=utf-8";

    /** An answer: its status and its document. */
    record Answer(int status, byte[] body) {
        Document document() throws Exception {
            return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(body));
        }

        String text(String element) throws Exception {
            return document().getElementsByTagName(element).item(0).getTextContent();
        }
    }

    interface Client {
        Answer post(String host, Map<String, String> headers, byte[] body) throws Exception;
    }

    interface Check {
        Object make() throws Exception;
    }

    static URI uri(String host) {
        String port = System.getProperty("port");
        return URI.create("https://" + host + (port == null ? "/" : ":" + port + "/"));
    }

    static Answer urlConnection(String host, Map<String, String> headers, byte[] body) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) uri(host).toURL().openConnection();
        headers.forEach(connection::setRequestProperty);
        connection.setDoOutput(true);
        connection.getOutputStream().write(body);
        int status = connection.getResponseCode();
        try (var in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new Answer(status, in.readAllBytes());
        }
    }

    static final HttpClient CLIENT = HttpClient.newHttpClient();

    static Answer httpClient(String host, Map<String, String> headers, byte[] body) throws Exception {
        HttpRequest.Builder request =
            HttpRequest.newBuilder(uri(host)).POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        HttpResponse<byte[]> answer = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        return new Answer(answer.statusCode(), answer.body());
    }

    static byte[] hmac(byte[] key, String text) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    /** Signature version 4, the parameters in the body. */
    static Answer call(Client client, String region, String action, String... parameters) throws Exception {
        StringBuilder form = new StringBuilder("Action=" + action + "&Version=2014-10-31");
        for (int i = 0; i < parameters.length; i += 2) {
            form.append('&').append(parameters[i]).append('=').append(URLEncoder.encode(parameters[i + 1], "UTF-8"));
        }
        byte[] body = form.toString().getBytes(StandardCharsets.UTF_8);
        String host = "rds." + region + ".amazonaws.com";
        String date = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").format(ZonedDateTime.now(ZoneOffset.UTC));
        String day = date.substring(0, 8), scope = day + "/" + region + "/rds/aws4_request";
        String names = "content-type;host;x-amz-date";
        String canonical = "POST\n/\n\ncontent-type:" + FORM + "\nhost:" + host + "\nx-amz-date:" + date + "\n\n"
            + names + "\n" + sha256(body);
        String toSign = "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n"
            + sha256(canonical.getBytes(StandardCharsets.UTF_8));
        byte[] key = ("AWS4" + System.getenv("AWS_SECRET_ACCESS_KEY")).getBytes(StandardCharsets.UTF_8);
        for (String part : scope.split("/")) {
            key = hmac(key, part);
        }
        Map<String, String> headers = new TreeMap<>(Map.of(
            "Content-Type", FORM,
            "X-Amz-Date", date,
            "Authorization", "AWS4-HMAC-SHA256 Credential=" + System.getenv("AWS_ACCESS_KEY_ID") + "/" + scope
                + ", SignedHeaders=" + names + ", Signature=" + HexFormat.of().formatHex(hmac(key, toSign))));
        if (System.getProperty("port") != null) {
            headers.put("Host", host);
        }
        return client.post(host, headers, body);
    }

    static Answer answered(Answer answer) throws IOException {
        if (answer.status != 200) {
            throw new IOException(new String(answer.body, StandardCharsets.UTF_8));
        }
        return answer;
    }

    static Object allowedCall(Client client) throws Exception {
        answered(call(client, NEAR, "CreateDBInstance", "DBInstanceIdentifier", "orders", "DBInstanceClass",
            "db.t4g.micro", "Engine", "postgres", "Tags.Tag.1.Key", "note", "Tags.Tag.1.Value", TAG));
        Answer found = answered(call(client, NEAR, "DescribeDBInstances", "DBInstanceIdentifier", "orders"));
        if (!found.text("Value").equals(TAG)) {
            throw new IOException("another tag: " + found.text("Value"));
        }
        return found.text("DBInstanceArn");
    }

    static Object deniedCall(Client client) throws Exception {
        Answer answer = call(client, NEAR, "StopDBInstance", "DBInstanceIdentifier", "orders");
        return Map.of("type", "status " + answer.status, "code", answer.text("Code"), "message",
            answer.text("Message"));
    }

    static Object largeAnswer(Client client) throws Exception {
        Answer found = answered(call(client, FAR, "DescribeDBInstances"));
        return found.document().getElementsByTagName("DBInstance").getLength();
    }

    static Object untrustedCall(Client client) throws Exception {
        try {
            call(client, NEAR, "DescribeDBInstances");
        } catch (IOException error) {
            return Map.of("type", error.getClass().getSimpleName(), "message", error.getMessage());
        }
        throw new IOException("was answered");
    }

    static String json(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                .map(entry -> json(entry.getKey()) + ": " + json(entry.getValue()))
                .collect(Collectors.joining(", ", "{", "}"));
        }
        if (value instanceof Integer || value instanceof Boolean) {
            return value.toString();
        }
        return value.toString().chars()
            .mapToObj(c -> c < ' ' || c > '~' || c == '"' || c == '\\' ? String.format("\\u%04x", c) : "" + (char) c)
            .collect(Collectors.joining("", "\"", "\""));
    }

    public static void main(String[] arguments) {
        Client client = arguments[0].equals("HttpClient") ? Calls::httpClient : Calls::urlConnection;
        Map<String, Check> checks = Map.of(
            "version", () -> "Java " + System.getProperty("java.version"),
            "allowed_call", () -> allowedCall(client),
            "denied_call", () -> deniedCall(client),
            "large_answer", () -> largeAnswer(client),
            "untrusted_call", () -> untrustedCall(client));
        boolean good = true;
        for (String name : Arrays.asList(arguments).subList(1, arguments.length)) {
            boolean ok = true;
            Object detail;
            try {
                detail = checks.get(name).make();
            } catch (Exception error) {
                ok = good = false;
                detail = error.toString();
            }
            System.out.println("{\"check\": " + json(name) + ", \"ok\": " + ok + ", \"detail\": " + json(detail) + "}");
        }
        System.exit(good ? 0 : 1);
    }
}
