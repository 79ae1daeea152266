import "@mantine/notifications/styles.css";

/** A file of its own, so that it is a chunk of its own. */
export { Notifications as default } from "@mantine/notifications";
