/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump
/*!40101 SET NAMES utf8mb4 */;
CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;
USE `shop`;
CREATE TABLE `t` (`a` int);
INSERT INTO `t` VALUES (1,'x\'y');
INSERT INTO `t` VALUES (2,"z;");
/*!50003 SET sql_mode = 'NO_BACKSLASH_ESCAPES' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 trigger tr before insert on t for each row begin set @a = '\'; end
*/;;
DELIMITER ;
-- Dump completed
