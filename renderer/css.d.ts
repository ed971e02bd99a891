/** Style sheets are the build's business: importing one only says that it is needed. */
declare module "*.css";
