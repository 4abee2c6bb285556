package org.apache.spark.deploy.worker;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.text.SimpleDateFormat;
import java.util.Date;
import org.apache.spark.deploy.Arguments;
import org.apache.spark.deploy.Page;

/** A stand-in for Spark's standalone worker: same command line, registers with the stand-in's master, runs nothing. */
public final class Worker {
  private static String masterUrl;
  private static String id;
  private static int cores;
  private static int memory;

  public static void main(String[] args) throws IOException, InterruptedException {
    Arguments arguments = new Arguments(args);
    String[] master = arguments.master();
    String host = arguments.get("--host", "SPARK_WORKER_HOST", InetAddress.getLocalHost().getHostAddress());
    // Like the real one it listens, though nobody talks to it.
    ServerSocket socket =
        new ServerSocket(arguments.number("--port", "SPARK_WORKER_PORT", 0), 50, InetAddress.getByName(host));
    cores = arguments.number("--cores", "SPARK_WORKER_CORES", Runtime.getRuntime().availableProcessors());
    memory = arguments.megabytes("--memory", "SPARK_WORKER_MEMORY", "1g");
    masterUrl = "spark://" + master[0] + ":" + master[1];
    id = "worker-" + new SimpleDateFormat("yyyyMMddHHmmss").format(new Date()) + "-" + host + "-" + socket.getLocalPort();
    String uiHost = System.getenv("SPARK_LOCAL_IP") == null ? host : System.getenv("SPARK_LOCAL_IP");
    Page page = new Page(uiHost, arguments.number("--webui-port", "SPARK_WORKER_WEBUI_PORT", 8081), Worker::answer);
    Thread thread = new Thread(page);
    thread.setDaemon(true);
    thread.start();
    String line = "REGISTER " + id + " " + host + " " + socket.getLocalPort() + " " + page.port() + " " + cores + " " + memory + "\n";
    while (true) {
      try (Socket connection = new Socket()) {
        connection.connect(new InetSocketAddress(master[0], Integer.parseInt(master[1])), 3000);
        OutputStream out = connection.getOutputStream();
        out.write(line.getBytes(StandardCharsets.UTF_8));
        System.err.println("INFO Worker: Successfully registered with master " + masterUrl);
        while (true) {
          Thread.sleep(1000);
          out.write("ALIVE\n".getBytes(StandardCharsets.UTF_8));
        }
      } catch (IOException error) {
        System.err.println("WARN Worker: Failed to connect to master " + masterUrl + ": " + error.getMessage());
        Thread.sleep(1000);
      }
    }
  }

  private static String answer(String method, String path, String body) {
    if (!path.startsWith("/json")) return "<html><title>Spark Worker</title></html>";
    return "{\n  \"id\" : \"" + id + "\",\n  \"masterurl\" : \"" + masterUrl + "\",\n  \"masterwebuiurl\" : \"\",\n  \"cores\" : " + cores
        + ",\n  \"coresused\" : 0,\n  \"memory\" : " + memory
        + ",\n  \"memoryused\" : 0,\n  \"resources\" : { },\n  \"resourcesused\" : { },\n  \"executors\" : [ ],\n  \"finishedexecutors\" : [ ]\n}";
  }
}
