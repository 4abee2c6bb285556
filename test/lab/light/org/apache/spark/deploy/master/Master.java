package org.apache.spark.deploy.master;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.deploy.Arguments;
import org.apache.spark.deploy.Page;

/**
 * A stand-in for Spark's standalone master: same command line, same page {@code /json/}, no applications. Workers register over a
 * protocol of one line and keep the connection; one whose connection ends, or that is silent for {@link #SILENCE_MS}, is dead.
 */
public final class Master {
  private static final int SILENCE_MS = 4000;
  private static final Map<String, Map<String, String>> WORKERS = new LinkedHashMap<>();
  private static String url;

  public static void main(String[] args) throws IOException {
    Arguments arguments = new Arguments(args);
    String host = arguments.get("--host", "SPARK_MASTER_HOST", InetAddress.getLocalHost().getHostAddress());
    int port = arguments.number("--port", "SPARK_MASTER_PORT", 7077);
    int uiPort = arguments.number("--webui-port", "SPARK_MASTER_WEBUI_PORT", 8080);
    url = "spark://" + host + ":" + port;
    ServerSocket socket = new ServerSocket(port, 200, InetAddress.getByName(host));
    String uiHost = System.getenv("SPARK_LOCAL_IP") == null ? host : System.getenv("SPARK_LOCAL_IP");
    Thread page = new Thread(new Page(uiHost, uiPort, Master::answer));
    page.setDaemon(true);
    page.start();
    System.err.println("INFO Master: Starting Spark master at " + url);
    System.err.println("INFO Master: I have been elected leader! New state: ALIVE");
    while (true) {
      Socket client = socket.accept();
      Thread thread = new Thread(() -> follow(client));
      thread.setDaemon(true);
      thread.start();
    }
  }

  // The first line: REGISTER id host port webUiPort cores memory. Every other is a sign of life.
  private static void follow(Socket client) {
    String id = null;
    try (client) {
      client.setSoTimeout(SILENCE_MS);
      BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
      String line = in.readLine();
      if (line == null || !line.startsWith("REGISTER ")) return;
      String[] words = line.split(" ");
      id = words[1];
      Map<String, String> worker = new LinkedHashMap<>();
      worker.put("id", id);
      worker.put("host", words[2]);
      worker.put("port", words[3]);
      worker.put("webuiaddress", "http://" + words[2] + ":" + words[4]);
      worker.put("cores", words[5]);
      worker.put("memory", words[6]);
      worker.put("state", "ALIVE");
      worker.put("lastheartbeat", Long.toString(System.currentTimeMillis()));
      synchronized (WORKERS) {
        // As Spark's: the same address registers anew, its former entry goes.
        WORKERS.values().removeIf(old -> !old.get("state").equals("ALIVE")
            && old.get("host").equals(words[2]) && old.get("port").equals(words[3]));
        WORKERS.put(id, worker);
      }
      System.err.println("INFO Master: Registering worker " + words[2] + ":" + words[3]);
      while (in.readLine() != null) worker.put("lastheartbeat", Long.toString(System.currentTimeMillis()));
    } catch (IOException error) {
      // Silent for too long, or gone.
    } finally {
      synchronized (WORKERS) {
        if (id != null && WORKERS.containsKey(id)) {
          WORKERS.get(id).put("state", "DEAD");
          System.err.println("WARN Master: lost worker " + id);
        }
      }
    }
  }

  private static String answer(String method, String path, String body) {
    if (path.startsWith("/workers/kill") && method.equals("POST")) return decommission(path + "&" + body);
    if (!path.startsWith("/json")) return "<html><title>Spark Master at " + url + "</title></html>";
    StringBuilder workers = new StringBuilder();
    int alive = 0;
    int cores = 0;
    int memory = 0;
    synchronized (WORKERS) {
      for (Map<String, String> worker : WORKERS.values()) {
        if (worker.get("state").equals("ALIVE")) {
          alive += 1;
          cores += Integer.parseInt(worker.get("cores"));
          memory += Integer.parseInt(worker.get("memory"));
        }
        if (workers.length() > 0) workers.append(", ");
        workers.append("{\n    \"id\" : \"").append(worker.get("id"))
            .append("\",\n    \"host\" : \"").append(worker.get("host"))
            .append("\",\n    \"port\" : ").append(worker.get("port"))
            .append(",\n    \"webuiaddress\" : \"").append(worker.get("webuiaddress"))
            .append("\",\n    \"cores\" : ").append(worker.get("cores"))
            .append(",\n    \"coresused\" : 0,\n    \"coresfree\" : ").append(worker.get("cores"))
            .append(",\n    \"memory\" : ").append(worker.get("memory"))
            .append(",\n    \"memoryused\" : 0,\n    \"memoryfree\" : ").append(worker.get("memory"))
            .append(",\n    \"resources\" : { },\n    \"resourcesused\" : { },\n    \"resourcesfree\" : { },\n    \"state\" : \"")
            .append(worker.get("state")).append("\",\n    \"lastheartbeat\" : ").append(worker.get("lastheartbeat"))
            .append("\n  }");
      }
    }
    return "{\n  \"url\" : \"" + url + "\",\n  \"workers\" : [ " + workers + " ],\n  \"aliveworkers\" : " + alive
        + ",\n  \"cores\" : " + cores + ",\n  \"coresused\" : 0,\n  \"memory\" : " + memory
        + ",\n  \"memoryused\" : 0,\n  \"resources\" : [ ],\n  \"resourcesused\" : [ ],\n  \"activeapps\" : [ ],\n"
        + "  \"completedapps\" : [ ],\n  \"activedrivers\" : [ ],\n  \"completeddrivers\" : [ ],\n  \"status\" : \"ALIVE\"\n}";
  }

  // POST /workers/kill/?host=...: as the real one, the worker goes on, but gets no more work.
  private static String decommission(String query) {
    for (String part : query.split("[?&]")) {
      if (!part.startsWith("host=")) continue;
      String host = URLDecoder.decode(part.substring(5), StandardCharsets.UTF_8);
      synchronized (WORKERS) {
        for (Map<String, String> worker : WORKERS.values())
          if (worker.get("host").equals(host) && worker.get("state").equals("ALIVE"))
            worker.put("state", "DECOMMISSIONED");
      }
    }
    return "";
  }
}
